/** Whether the worker of this container lives, as Temporal sees it: what a health check asks. */
import type { Config } from '../config.ts';
import { taskQueue } from '../model/run.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { pollers } from './pollers.ts';
import { withTemporal } from './session.ts';

/** Returns when a worker of this host polls; throws a CliError when none does. */
export async function checkWorker(config: Config): Promise<number> {
  return withTemporal(async ({ temporal, output }) => {
    const found = (await pollers(temporal)).find((identity) => isOfHost(identity, config.host));
    if (found === undefined)
      throw new CliError(
        `no worker of ${config.host} polls task queue ${taskQueue} at ${temporal.address}: read its log`,
        exitCodes.unavailable,
      );
    output.result(`${found} polls`);
    return exitCodes.recovered;
  }, config);
}

/** Identities are `rekindle-PID@HOST-6HEX`. Pure. */
export function isOfHost(identity: string, host: string): boolean {
  const [, rest = ''] = identity.split('@');
  return identity.startsWith('rekindle-') && rest.replace(/-[0-9a-f]{6}$/, '') === host;
}
