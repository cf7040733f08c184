import { KubeError } from '../kube/error.ts';
import { missing, progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { CheckContext } from './check.ts';

/** The longest attempt that a plan may allow; calls are ended by the attempt's signal, not by a limit of their own. */
export const attemptLimitMs = 600_000;

/** How long an engine may work at one answer, ms: what runs in a pod goes on when nobody waits for it any more. */
export function limitOf({ attemptTimeoutMs }: CheckContext): number {
  return attemptTimeoutMs ?? attemptLimitMs;
}

/**
 * A look that ends in a verdict whatever the cluster answers: an error of the cluster is a fact too, and says what is
 * not known. Errors of our own pass on.
 */
export async function withVerdict(look: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof KubeError) return verdictOfError(error);
    throw error;
  }
}

/** What an error of a call says about what was to be checked. No answer is Unknown, never Missing. */
export function verdictOfError(error: KubeError): Verdict {
  switch (error.reason) {
    case 'NotFound':
    case 'KindNotServed':
      return missing(error.reason, error.message);
    case 'NoEndpoints':
    case 'ConnectionRefused':
    case 'PodUnreachable':
      return progressing(error.reason, error.message);
    case 'Aborted':
      return unknown(
        'AttemptTimeout',
        error.message.replace('the call was ended by its caller', "no answer within the attempt's time limit"),
      );
    default:
      return unknown(error.reason, error.message);
  }
}
