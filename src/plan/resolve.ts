import type { JsonObject } from '../model/json.ts';
import {
  checkTypes,
  driverNames,
  type Check,
  type CheckType,
  type DriverName,
  type OwnRule,
  type Plan,
  type Step,
} from '../model/plan.ts';
import { drillOf } from './drill.ts';
import { parseDuration } from '../model/duration.ts';
import { approvalOf, holdsOf } from './deciding.ts';
import { resolveQuiesce } from './quiesce.ts';
import { defaults, type PlanFile } from './schema.ts';

type FileSpec = PlanFile['spec'];
type FileStep = NonNullable<FileSpec['tiers']['storage']>[number];
type FileCheck = NonNullable<FileSpec['verify']>[number];

/** A valid plan file as the run carries it: every default filled in, the one driver or check key lifted. */
export function resolvePlan(file: PlanFile): Plan {
  const { spec } = file;
  const { rto, rpo } = spec.objectives ?? {};
  return {
    name: file.metadata.name,
    site: spec.site,
    cluster: spec.cluster,
    namespaces: spec.namespaces,
    objectives: { ...(rto === undefined ? {} : { rtoMs: rto }), ...(rpo === undefined ? {} : { rpoMs: rpo }) },
    ...(spec.velero === undefined ? {} : { velero: veleroOf(spec.velero) }),
    approval: approvalOf(spec.approval),
    ...holdsOf(spec.holds),
    accept: (spec.accept ?? []).map(({ kind, verdict, reason, ...where }) => ({
      kind,
      verdict,
      reason,
      ...placed(where),
    })),
    ignore: (spec.ignore ?? []).map(({ kind, ...where }) => ({ kind, ...placed(where) })),
    verdicts: (spec.verdicts ?? []).map(ownRuleOf),
    stableForMs: spec.stableFor ?? ms(defaults.stableFor),
    degradedForMs: spec.degradedFor ?? ms(defaults.degradedFor),
    parallelism: spec.parallelism ?? defaults.parallelism,
    tiers: tiersOf(spec.tiers),
    verify: (spec.verify ?? []).map(checkOf),
    ...(spec.quiesce?.length ? { quiesce: resolveQuiesce(spec.quiesce, aroundOf(spec)) } : {}),
    ...(spec.drill === undefined ? {} : { drill: drillOf(spec.drill) }),
  };
}

function aroundOf({ namespaces, velero }: FileSpec): Parameters<typeof resolveQuiesce>[1] {
  return { namespaces, veleroNamespace: velero?.namespace ?? defaults.veleroNamespace };
}

function ms(duration: string): number {
  return parseDuration(duration) ?? 0;
}

function veleroOf(velero: NonNullable<FileSpec['velero']>): NonNullable<Plan['velero']> {
  const { backup, schedule } = velero;
  return {
    namespace: velero.namespace ?? defaults.veleroNamespace,
    ...(backup === undefined ? {} : { backup }),
    ...(schedule === undefined ? {} : { schedule }),
  };
}

function ownRuleOf(rule: NonNullable<FileSpec['verdicts']>[number]): OwnRule {
  const { group, kind, progressing, degraded, healthy } = rule;
  return {
    group,
    kind,
    ...(progressing === undefined ? {} : { progressing }),
    ...(degraded === undefined ? {} : { degraded }),
    healthy,
  };
}

function placed(where: { readonly name?: string | undefined; readonly namespace?: string | undefined }): {
  readonly name?: string;
  readonly namespace?: string;
} {
  const { name, namespace } = where;
  return { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) };
}

function tiersOf(tiers: FileSpec['tiers']): Plan['tiers'] {
  const steps = (list: readonly FileStep[] | null | undefined): readonly Step[] => (list ?? []).map(stepOf);
  return {
    namespaces: steps(tiers.namespaces),
    crds: steps(tiers.crds),
    operators: steps(tiers.operators),
    storage: steps(tiers.storage),
    databases: steps(tiers.databases),
    queues: steps(tiers.queues),
    applications: steps(tiers.applications),
    ingress: steps(tiers.ingress),
  };
}

function stepOf(step: FileStep): Step {
  const { name, timeout, dependsOn, checks, ...keys } = step;
  const { word, spec } = lifted(keys, driverNames);
  return {
    name,
    driver: word satisfies DriverName,
    spec,
    dependsOn: dependsOn ?? [],
    timeoutMs: timeout ?? ms(defaults.stepTimeout),
    checks: (checks ?? []).map(checkOf),
  };
}

function checkOf(check: FileCheck): Check {
  const { name, asserts, timeout, attemptTimeout, every, ...keys } = check;
  const { word, spec } = lifted(keys, checkTypes);
  const timeoutMs = timeout ?? ms(defaults.checkTimeout);
  return {
    name,
    type: word satisfies CheckType,
    spec,
    ...(asserts === undefined ? {} : { asserts }),
    timeoutMs,
    attemptTimeoutMs: attemptTimeout ?? Math.min(ms(defaults.attemptTimeout), timeoutMs),
    everyMs: every ?? Math.min(ms(defaults.every), timeoutMs),
  };
}

/** The one key of an entry that names its driver or check. The rules have made sure that it is there. */
function lifted<Word extends string>(
  keys: { readonly [key: string]: JsonObject | undefined },
  words: readonly Word[],
): { readonly word: Word; readonly spec: JsonObject } {
  for (const word of words) {
    const spec = keys[word];
    if (spec !== undefined) return { word, spec };
  }
  throw new Error(`expected one of ${words.join(', ')} and found ${Object.keys(keys).join(', ') || 'none'}`);
}
