import { z } from 'zod';
import type { JsonObject } from '../model/json.ts';
import type { TierName } from '../model/tiers.ts';
import { verdictNames } from '../model/verdict.ts';
import { DrillSection } from './drill.ts';
import { ApprovalSection, HoldsSection } from './deciding.ts';
import { Duration, durationBetween } from './duration.ts';
import type { PlanLanguage } from './language.ts';
import { QuiesceEntry } from './quiesce.ts';
import { show } from './words.ts';

/** What stands in a plan's `apiVersion` and `kind`. */
export const apiVersion = 'rekindle.dev/v1alpha1';
export const kind = 'RestorePlan';

/** Values that a plan need not write. `attemptTimeout` is never longer than the check's `timeout`. */
export const defaults = {
  stableFor: '3s',
  degradedFor: '10m',
  parallelism: 8,
  stepTimeout: '20m',
  checkTimeout: '15m',
  attemptTimeout: '10s',
  every: '1s',
  veleroNamespace: 'velero',
} as const;

function text(pattern: RegExp, allowed: string) {
  return z
    .string({
      error: (issue) =>
        typeof issue.input === 'number' || typeof issue.input === 'boolean'
          ? `found ${show(issue.input)}; put it in quotes to make it text`
          : undefined,
    })
    .regex(pattern, { error: (issue) => `found ${show(issue.input)}; ${allowed}` });
}

const label = (most: number) =>
  text(
    new RegExp(`^[a-z0-9](?:[-a-z0-9]{0,${most - 2}}[a-z0-9])?$`),
    `allowed are 1 to ${most} lower-case letters, digits and hyphens, beginning and ending with a letter or digit`,
  );

const ObjectName = text(
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  'a name is 1 to 253 lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit',
);

const Kind = text(/^[A-Z][A-Za-z0-9]{0,62}$/, 'a kind is written as in a manifest, as Deployment or NetworkPolicy');

const Reason = text(/\S/, 'say in a sentence why this may pass');

/** Whether it can be parsed is judged by the rules, which know where it stands. */
const Expression = z.string().min(1).max(2000);

const lists = {
  accept: z.strictObject({
    kind: Kind.describe('Kind of the objects, as in a manifest.'),
    name: ObjectName.optional().describe('One object; without it every object of the kind.'),
    namespace: label(63).optional().describe('Only in this namespace.'),
    verdict: z
      .enum(verdictNames)
      .exclude(['Healthy'])
      .describe('The verdict that may pass the gate though it is not Healthy.'),
    reason: Reason.describe('Why it may pass; stands in the report.'),
  }),
  ignore: z.strictObject({
    kind: Kind.describe('Kind of the objects, as in a manifest.'),
    name: ObjectName.optional().describe('One object; without it every object of the kind.'),
    namespace: label(63).optional().describe('Only in this namespace.'),
  }),
  verdicts: z.strictObject({
    group: text(
      /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)?$/,
      'an API group is written as in a manifest without its version, as example.com; "" is the core group',
    ).describe('API group of the kind, as `example.com`; `""` for the core group.'),
    kind: Kind.describe('Kind of the objects, as in a manifest.'),
    progressing: Expression.optional().describe('CEL: true while its controller is at work. Judged first.'),
    degraded: Expression.optional().describe('CEL: true when something is wrong. Judged second.'),
    healthy: Expression.describe(
      'CEL: true when it is as it should be. Judged last; none of the three is Progressing.',
    ),
  }),
};

/** `key:` with nothing after it is an empty list. */
const listOf = <T extends z.ZodType>(item: T) => z.array(item).nullish();

function optionalKeys(words: { readonly [name: string]: { readonly spec: z.ZodType<JsonObject> } }) {
  return Object.fromEntries(Object.entries(words).map(([name, { spec }]) => [name, spec.optional()]));
}

const exactlyOne = (names: readonly string[]) => ({ oneOf: names.map((name) => ({ required: [name] })) });

function checkOf(language: PlanLanguage) {
  return z
    .strictObject({
      ...optionalKeys(language.checks),
      name: label(40).describe('Unique among the checks beside it.'),
      asserts: z
        .literal('data')
        .optional()
        .describe('This check proves that data came back; it must say what it expects.'),
      timeout: durationBetween(1_000, 86_400_000)
        .optional()
        .describe(`Budget of the check: it must pass within this time. Default ${defaults.checkTimeout}.`),
      attemptTimeout: durationBetween(100, 600_000)
        .optional()
        .describe(`Limit of one attempt. Default ${defaults.attemptTimeout}, or \`timeout\` where that is shorter.`),
      every: durationBetween(100, 600_000)
        .optional()
        .describe(`Pause between two attempts. Default ${defaults.every}.`),
    })
    .meta({ id: 'check', ...exactlyOne(Object.keys(language.checks)) });
}

function stepOf(language: PlanLanguage, check: ReturnType<typeof checkOf>) {
  return z
    .strictObject({
      ...optionalKeys(language.drivers),
      name: label(40).describe('Unique in the plan; part of the names of what the step makes.'),
      dependsOn: listOf(label(40)).describe(
        'Steps of the same tier that must be done before. Without it the steps of a tier run side by side.',
      ),
      timeout: durationBetween(1_000, 7 * 86_400_000)
        .optional()
        .describe(`Budget of the engine, and again of the gate. Default ${defaults.stepTimeout}.`),
      checks: listOf(check).describe(
        'Run in this order, each after the one before has passed, once the restored objects are healthy.',
      ),
    })
    .meta({ id: 'step', ...exactlyOne(Object.keys(language.drivers)) });
}

const tierDescriptions: { readonly [T in TierName]: string } = {
  namespaces: 'Phase one: namespaces, RBAC, quotas, Secrets and ConfigMaps.',
  crds: 'Phase one: custom resource definitions.',
  operators: 'Phase one: operators, then their webhooks and API services.',
  storage: 'Phase one: volumes and their snapshots.',
  databases: 'Phase one: databases.',
  queues: 'Phase one: queues and brokers.',
  applications: 'Phase two: workloads.',
  ingress: 'Phase two: ingress, gateways, DNS. Nothing takes traffic before this tier.',
};

/** The eight keys under `tiers`, typed by name. */
function tiersOf<T extends z.ZodType>(step: T) {
  const tier = (name: TierName) => listOf(step).describe(tierDescriptions[name]);
  return z.strictObject({
    namespaces: tier('namespaces'),
    crds: tier('crds'),
    operators: tier('operators'),
    storage: tier('storage'),
    databases: tier('databases'),
    queues: tier('queues'),
    applications: tier('applications'),
    ingress: tier('ingress'),
  });
}

const VeleroData = z
  .strictObject({
    namespace: label(63).optional().describe(`Where Velero runs. Default ${defaults.veleroNamespace}.`),
    backup: ObjectName.optional().describe('Name of the Backup to restore from.'),
    schedule: ObjectName.optional().describe(
      'Name of a Velero Schedule: its newest usable Backup, chosen once, at planning.',
    ),
  })
  .meta({ oneOf: [{ required: ['backup'] }, { required: ['schedule'] }] });

function specOf(language: PlanLanguage) {
  const check = checkOf(language);
  return z.strictObject({
    site: label(40).describe(
      'The site that comes back. One run per site at a time; its first 20 characters begin the recovery id.',
    ),
    cluster: text(/^\S{1,253}$/, 'write the name of a kubeconfig context, without spaces').describe(
      'Context of the kubeconfig that the worker has: the cluster to restore into.',
    ),
    namespaces: z
      .array(label(63))
      .min(1, { error: 'found an empty list; name at least one namespace of the site' })
      .describe("The site's namespaces: defaults for its steps, and where preflight looks for a live site."),
    objectives: z
      .strictObject({
        rto: Duration.optional().describe('Recovery time objective: how long the site may be away.'),
        rpo: Duration.optional().describe('Recovery point objective: how old the restored data may be.'),
      })
      .nullish()
      .describe('What the report measures the run against.'),
    velero: VeleroData.optional().describe(
      'Where the data of the velero steps is. Required where a velero step stands; exactly one of backup and schedule.',
    ),
    approval: ApprovalSection.describe('Where a person decides, who may, and how long that may take.'),
    holds: HoldsSection.describe('How long the run may be held. Without it for ever.'),
    accept: listOf(lists.accept).describe('Verdicts that may pass a gate; the report shows each as an exception.'),
    ignore: listOf(lists.ignore).describe('Objects of the backup that need not come back.'),
    verdicts: listOf(lists.verdicts).describe(
      "Rules of the plan's own for kinds that have none, as CEL expressions over `object`, `metadata`, `spec` and `status`; they come before the built-in ones.",
    ),
    stableFor: durationBetween(0, 600_000)
      .optional()
      .describe(`How long a gate must hold before it counts. Default ${defaults.stableFor}.`),
    degradedFor: durationBetween(0, 86_400_000)
      .optional()
      .describe(
        `How long something may be Degraded without a break before its gate gives up. Default ${defaults.degradedFor}.`,
      ),
    parallelism: z
      .int()
      .min(1)
      .max(64)
      .optional()
      .describe(`How many steps of a tier may run side by side. Default ${defaults.parallelism}.`),
    tiers: tiersOf(stepOf(language, check)).describe(
      'Eight keys, always run in this order; a missing or empty one is fine.',
    ),
    verify: listOf(check).describe('Checks on the whole site at the end.'),
    quiesce: listOf(QuiesceEntry).describe(
      'What is stopped before the first tier, in this order, and put back as it was at the end, in reverse; what comes back by the restore comes stopped.',
    ),
    drill: DrillSection.optional().describe(
      'Where `drillSite` rehearses the plan: on another cluster, which is cleaned up again.',
    ),
  });
}

/** The schema of a plan file that uses these drivers and checks. Rules across fields are in `rules.ts`. */
export function planFile(language: PlanLanguage): ReturnType<typeof buildPlanFile> {
  const built = schemas.get(language) ?? buildPlanFile(language);
  schemas.set(language, built);
  return built;
}

/** A schema is compiled at its first use, which takes longer than reading a plan. */
const schemas = new WeakMap<PlanLanguage, ReturnType<typeof buildPlanFile>>();

function buildPlanFile(language: PlanLanguage) {
  return z
    .strictObject({
      apiVersion: z.literal(apiVersion).describe('Version of the plan language.'),
      kind: z.literal(kind).describe('Always RestorePlan.'),
      metadata: z
        .strictObject({ name: label(63).describe("The file's name without .yaml.") })
        .describe('Names the plan.'),
      spec: specOf(language).describe('What comes back, where, and in which order.'),
    })
    .meta({ title: 'Rekindle restore plan' });
}

/** A plan file after its schema: durations in milliseconds, defaults not yet filled in. */
export type PlanFile = z.output<ReturnType<typeof planFile>>;
