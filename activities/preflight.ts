import type { FindingReport } from '../src/model/report.ts';
import { forHistory } from '../src/model/redact.ts';
import { preflight } from '../src/recovery/preflight.ts';
import { type RunRef, Session } from '../src/recovery/session.ts';
import { acting } from './acting.ts';
import type { Shared } from './deps.ts';
import { blocked } from './planning.ts';

export interface PreflightInput {
  readonly run: RunRef;
  readonly resumed: boolean;
}

export function preflightActivities(deps: Shared) {
  return {
    /** Throws `Blocked` where something stands in the way. */
    preflight: acting(
      deps,
      'preflight',
      () => ({}),
      async (input: PreflightInput, beat): Promise<readonly FindingReport[]> => {
        const session = await Session.open(deps, input.run, beat.signal);
        beat.say('looks for what stands in the way');
        const findings = await preflight(session, input.resumed);
        const blocking = findings.filter((finding) => finding.severity === 'block');
        if (blocking.length > 0) throw blocked(blocking);
        return findings.slice(0, 50).map((finding) => ({ ...finding, message: forHistory(finding.message) }));
      },
    ),
  };
}
