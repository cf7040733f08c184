/** A Temporal server and a worker for `recover --embedded`. */
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { startEmbeddedTemporal } from '../temporal-server.ts';
import { CliError } from './cli-error.ts';
import { startWorkerProcess } from './worker-process.ts';

export interface Embedded {
  /** The caller's configuration, pointed at the embedded server. */
  readonly config: Config;
  stop(): Promise<void>;
}

/** Starts both. Throws a CliError when the environment already names a Temporal, since then it is unclear which is meant. */
export async function bringEmbedded(config: Config, say: (line: string) => void): Promise<Embedded> {
  const { TEMPORAL_ADDRESS: named } = config.environment;
  if (named)
    throw new CliError(
      `--embedded brings its own Temporal, but TEMPORAL_ADDRESS names ${named}: leave out one of the two`,
    );
  const server = await startEmbeddedTemporal({ config, say });
  say(`Temporal at ${server.address}, UI ${server.uiUrl}`);
  const environment = { ...config.environment, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
  try {
    const worker = await startWorkerProcess({ environment, logFile: join(config.stateDir, 'worker.log') });
    const stop = async (): Promise<void> => {
      await worker.stop();
      await server.stop();
    };
    return { config: { ...config, environment }, stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
