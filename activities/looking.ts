import { type LookedOnly, mostFindingsShown } from '../src/model/look.ts';
import type { Plan } from '../src/model/plan.ts';
import type { Preview } from '../src/model/preview.ts';
import { forHistory } from '../src/model/redact.ts';
import type { RecoverRequest } from '../src/model/request.ts';
import { preview } from '../src/recovery/preview.ts';
import { acting, type Beat } from './acting.ts';
import type { Shared } from './deps.ts';
import { failure } from './failure.ts';

export interface LookInput {
  readonly plan: Plan;
  readonly planSha256: string;
  readonly request: RecoverRequest;
}

/** What a look saw: the result of the run, without the sentence that the workflow adds. */
export type Seen = Omit<LookedOnly, 'lookedOnly' | 'message'>;

export function lookingActivities(deps: Shared) {
  return {
    /** The same as `rekindle preview`, with the worker's own eyes. Takes no lock. */
    lookAtPlan: acting(
      deps,
      'a look at plan and cluster',
      () => ({}),
      (input: LookInput, beat) => look(deps, input, beat),
    ),
  };
}

async function look(deps: Shared, { plan, planSha256, request }: LookInput, beat: Beat): Promise<Seen> {
  if (!deps.clusters.contexts.includes(plan.cluster))
    throw failure(
      'PlanInvalid',
      `spec.cluster: this worker knows no context ${plan.cluster}; it knows ${deps.clusters.contexts.join(', ') || 'none'}`,
    );
  beat.say('looks at what the plan would do now; nothing is restored');
  const wanted = request.backup ?? request.acceptBackup;
  const seen = await preview({
    kube: deps.clusters.client(plan.cluster),
    plan,
    planSha256,
    plansFolder: deps.plansFolder,
    wish: {
      ...(wanted === undefined ? {} : { backup: wanted }),
      ...(request.acceptBackup === undefined ? {} : { acceptBackup: request.acceptBackup }),
    },
    ...(request.disasterAt === undefined ? {} : { disasterAt: new Date(request.disasterAt) }),
    intoLiveSite: request.intoLiveSite === plan.cluster,
    signal: beat.signal,
    log: deps.log,
  });
  return seenOf(seen);
}

/** A preview without its list of objects: what a history can bear. */
export function seenOf(seen: Preview): Seen {
  const { plan, planSha256, site, lookedAt, backup, verdict, findings, steps, fates, written } = seen;
  return {
    plan,
    planSha256,
    site,
    cluster: seen.cluster.context,
    lookedAt,
    ...(backup === undefined ? {} : { backup: backup.name }),
    verdict,
    findings: findings
      .slice(0, mostFindingsShown)
      .map((finding) => ({ ...finding, message: forHistory(finding.message, 400) })),
    findingsCut: Math.max(0, findings.length - mostFindingsShown),
    steps: steps.map(({ tier, name, driver, objects }) => ({ tier, name, driver, objects })),
    fates,
    written,
  };
}
