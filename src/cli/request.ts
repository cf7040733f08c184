/** From what was typed to the one JSON object that the workflow takes. Pure. */
import type { RecoverRequest } from '../model/request.ts';
import { isRecoveryId } from '../recovery/names.ts';
import { CliError } from './cli-error.ts';

/** The options of `rekindle recover`, as they were typed. */
export interface RecoverOptions {
  readonly backup?: string;
  readonly onFailure?: 'hold' | 'abort';
  readonly onApproval?: 'wait' | 'approve' | 'abort';
  readonly reason?: string;
  readonly disasterAt?: string;
  readonly takeOver?: boolean;
  readonly intoLiveSite?: string;
  readonly acceptBackup?: string;
  readonly resume?: string;
}

/** Builds the request. Throws a CliError where the options contradict one another. */
export function recoverRequest(plan: string | undefined, options: RecoverOptions): RecoverRequest {
  if (plan === undefined && options.resume === undefined)
    throw new CliError('say which plan to recover by, for example `rekindle recover bookstore`, or --resume RECOVERY');
  if (plan !== undefined && options.resume !== undefined)
    throw new CliError('a plan and --resume exclude one another: a resumed recovery goes on by its own plan');
  if (plan !== undefined) checkPlanName(plan, 'recover');
  if (options.resume !== undefined && !isRecoveryId(options.resume))
    throw new CliError(
      `--resume ${JSON.stringify(options.resume)}: not a recovery id; they look like bookstore-a2b3c4d5 and stand in the report and in the ledger's name`,
    );
  return {
    ...(plan === undefined ? {} : { plan }),
    ...given('resume', options.resume),
    ...given('backup', options.backup),
    ...given('onFailure', options.onFailure),
    ...given('onApproval', options.onApproval),
    ...given('reason', options.reason),
    ...given('disasterAt', options.disasterAt === undefined ? undefined : isoTime(options.disasterAt)),
    ...given('takeOver', options.takeOver),
    ...given('intoLiveSite', options.intoLiveSite),
    ...given('acceptBackup', options.acceptBackup),
  };
}

/** The field, or nothing where it was not typed. */
function given<K extends keyof RecoverRequest>(
  name: K,
  value: RecoverRequest[K] | undefined,
): Pick<RecoverRequest, K> | object {
  return value === undefined ? {} : { [name]: value };
}

/** A run finds its plan by name in the worker's plans folder, nowhere else. */
export function checkPlanName(plan: string, verb: string): void {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(plan)) return;
  const name = /(?:^|\/)([a-z0-9-]+)(?:\.ya?ml)?$/.exec(plan)?.[1];
  const instead = name === undefined ? '' : `: \`rekindle ${verb} ${name}\``;
  throw new CliError(
    `${JSON.stringify(plan)} is not a plan's name: ${verb} takes the name of a file in the worker's plans folder, without .yaml${instead}`,
  );
}

function isoTime(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) ? new Date(text) : undefined;
  if (at === undefined || Number.isNaN(at.getTime()))
    throw new CliError(`--disaster-at ${JSON.stringify(text)} is not a time: write it as 2026-11-21T04:30:00Z`);
  if (at.getTime() > Date.now()) throw new CliError(`--disaster-at ${text} lies in the future`);
  return at.toISOString();
}
