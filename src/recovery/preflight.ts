import type { Finding } from '../drivers/driver.ts';
import { needsOfChecks } from '../health/needs-of.ts';
import { lookAhead } from '../preflight/look-ahead.ts';
import type { Session } from './session.ts';

/** Everything that stands in the way, looked for before the first act: the same as `rekindle preview` finds. Reads only. */
export async function preflight(session: Session, resumed: boolean): Promise<readonly Finding[]> {
  const { plan, ledger, signal, kube, run } = session;
  const { backup, disasterAt, intoLiveSite } = ledger.run;
  const { findings } = await lookAhead({
    kube,
    plan,
    ...(backup ? { backup } : {}),
    inventory: () => session.inventory(),
    contextOf: (tier, step) => session.driverContext({ tier, step: step.name, generation: 1, attempt: 1 }),
    recovery: run.recovery,
    checkNeeds: needsOfChecks(plan),
    byPerson: false,
    resumed,
    firstWriteAt: ledger.firstWriteAt,
    intoLiveSite: intoLiveSite === plan.cluster,
    disasterAt: new Date(disasterAt),
    now: new Date(),
    signal,
  });
  return findings;
}
