import { isDnsRecord } from '../src/model/drill.ts';
import { forHistory } from '../src/model/redact.ts';
import { stepsOf } from '../src/model/plan.ts';
import type { CleanUpReport } from '../src/model/report.ts';
import { refText } from '../src/model/verdict.ts';
import { drivers } from '../src/drivers/registry.ts';
import { cleanUp } from '../src/recovery/clean-up.ts';
import { writeCleanedUp } from '../src/recovery/ledger.ts';
import { type RunRef, Session } from '../src/recovery/session.ts';
import { outwardFacts } from '../src/velero/outward.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';

export interface CleanUpDrillInput {
  readonly run: RunRef;
  /** When the clean-up began, ISO 8601. */
  readonly since: string;
  readonly timeoutMs: number;
  /** By a run that came after the drill's own. */
  readonly late?: boolean;
}

/** Objects with DNS records that a report names. */
const listed = 100;

const nowhere = () => ({});

export function drillingActivities(deps: Shared) {
  return {
    /** Removes what a drill has made, and lists again until nothing is left. */
    cleanUpDrill: acting(
      deps,
      'the clean-up',
      nowhere,
      async ({ run, since, timeoutMs, late = false }: CleanUpDrillInput, beat): Promise<CleanUpReport> => {
        const session = await Session.open(deps, run, beat.signal);
        beat.say('looks for what the drill has made');
        const report = await cleanUp(session, { since, timeoutMs, late, say: beat.say });
        await session.assertOurs();
        const cleanedUp = { at: new Date().toISOString(), clean: report.clean };
        await writeCleanedUp(session.kube, run.recovery, cleanedUp, beat.signal);
        return report;
      },
    ),

    /** The DNS records that a recovery would have written: one line for each object. */
    judgeDns: acting(
      deps,
      'the DNS records',
      nowhere,
      async ({ run }: { readonly run: RunRef }, beat): Promise<readonly string[]> => {
        const session = await Session.open(deps, run, beat.signal);
        const lines = [...(await restoredNames(session)), ...(await appliedNames(session, beat))];
        const cut = lines.length > listed ? [`and ${lines.length - listed} more objects`] : [];
        return [...lines.slice(0, listed), ...cut].map((line) => forHistory(line, 300));
      },
    ),
  };
}

/** Out of the Backup: what a step would take, the records that a drill leaves out included. */
async function restoredNames(session: Session): Promise<readonly string[]> {
  const { items } = await session.inventory();
  return items.flatMap((item) => {
    const { dns } = item.facts ?? {};
    return dns && session.restoredBy({ ...item, judgedOnly: false }) ? [lineOf(item, dns)] : [];
  });
}

/** Out of manifests, as they are written. */
async function appliedNames(session: Session, beat: Beat): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { tier, step } of stepsOf(session.plan)) {
    beat.signal.throwIfAborted();
    const context = session.driverContext({ tier, step: step.name, generation: 1, attempt: 1 });
    const objects = (await drivers[step.driver].brings?.({ ...context, drill: false }, step.spec)) ?? [];
    for (const object of objects) {
      const { dns } = outwardFacts(object);
      const { name, namespace } = object.metadata;
      if (dns) lines.push(lineOf({ ...object, name, ...(namespace ? { namespace } : {}) }, dns));
    }
  }
  return lines;
}

function lineOf(
  ref: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly namespace?: string },
  names: readonly string[],
): string {
  const how = isDnsRecord(ref) ? 'not restored' : 'kept from external-dns';
  return `${refText(ref)} (${how}): ${names.join('; ')}`;
}
