/** What every verb that talks to Temporal begins and ends with. */
import { loadConfig, type Config } from '../config.ts';
import { connectTemporal, goneAway, isAway, type Temporal } from '../temporal.ts';
import { createOutput, type Output } from './output.ts';

export interface Session {
  readonly config: Config;
  readonly output: Output;
  readonly temporal: Temporal;
}

/**
 * Connects, acts, and closes the connection whatever happens. Returns the exit code of the act. Where Temporal goes away
 * meanwhile, that is said in one sentence.
 */
export async function withTemporal(
  act: (session: Session) => Promise<number>,
  config: Config = loadConfig(),
): Promise<number> {
  const temporal = await connectTemporal(config);
  try {
    return await act({ config, output: createOutput(config), temporal });
  } catch (error) {
    throw isAway(error) ? goneAway(temporal) : error;
  } finally {
    await temporal.close();
  }
}

/** Aborted by Ctrl-C or SIGTERM: whoever holds it ends in order. Call `release` when done. */
export function interruptible(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
