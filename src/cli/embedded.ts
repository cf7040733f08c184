/** A Temporal server and a worker for `recover --embedded`. */
import { join } from 'node:path';
import { loadTemporalSettings, type Config } from '../config.ts';
import { startEmbeddedTemporal } from '../temporal-server.ts';
import { CliError } from './cli-error.ts';
import { startWorkerProcess } from './worker-process.ts';

export interface Embedded {
  stop(): Promise<void>;
}

/**
 * Starts both, under the state folder, where clients then find the server by themselves. Throws a CliError when the
 * settings already name a Temporal, since then it is unclear which is meant.
 */
export async function bringEmbedded(config: Config, say: (line: string) => void): Promise<Embedded> {
  const { named, address } = loadTemporalSettings(config);
  if (named)
    throw new CliError(
      `--embedded brings its own Temporal, but the settings (TEMPORAL_ADDRESS or a profile) name ${address}: leave out one of the two`,
    );
  const server = await startEmbeddedTemporal({ config, say });
  say(`Temporal at ${server.address}, UI ${server.uiUrl}`);
  try {
    const worker = await startWorkerProcess({
      environment: config.environment,
      logFile: join(config.stateDir, 'worker.log'),
      tied: true,
    });
    const stop = async (): Promise<void> => {
      await worker.stop();
      await server.stop();
    };
    return { stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
