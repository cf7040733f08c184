/**
 * The published shape of a report, for programs that read it: `docs/report.schema.json` is made of this. Fields are added
 * and never renamed, so it stays open: what it does not name may be there. A test holds it against the type and real runs.
 */
import { z } from 'zod';
import { dataTimes } from '../model/report.ts';
import { outcomes, stepStates } from '../model/run.ts';
import { tierNames } from '../model/tiers.ts';
import { verdictNames } from '../model/verdict.ts';

const time = z.iso.datetime().describe('ISO 8601, UTC');
const seconds = z.number().min(0);
const count = z.int().min(0);
const tier = z.enum(tierNames);
const text = z.string();

const times = z
  .object({
    criticalPath: seconds.describe('The engines and the health of what they restored, along the longest chain.'),
    settle: seconds.describe('Gates holding for stableFor.'),
    decision: seconds.describe('People deciding; also whether to go on with a run that they had ended.'),
    crash: seconds.describe('Nobody worked: a worker was dead, or the run was lost with its Temporal.'),
    overhead: seconds.describe("Rekindle's own: everything else."),
  })
  .describe('Seconds; they add up.');

const check = z.object({
  name: text,
  verdict: z.enum(verdictNames),
  observed: text.describe('What was seen; never an output of a command.'),
  asserts: z.literal('data').exactOptional(),
});

const step = z.object({
  name: text,
  driver: text,
  state: z.enum(stepStates),
  generation: count.describe('How often it was restored anew by decision, from 1.'),
  attempts: count.describe('Engine attempts over all generations.'),
  engineSeconds: seconds,
  gateSeconds: seconds,
  settleSeconds: seconds,
  objects: count.describe('How many objects the gate judged.'),
  checks: z.array(check),
  evidence: z.array(text),
  notes: z.array(text),
  startedAt: time.exactOptional(),
  restoredAt: time.exactOptional(),
  healthyAt: time.exactOptional(),
});

const tierReport = z.object({
  name: tier,
  phase: z.enum(['one', 'two']),
  startedAt: time.nullable(),
  healthyAt: time.nullable(),
  steps: z.array(step),
  times: times.exactOptional(),
});

const object = { apiVersion: text, kind: text, namespace: text.exactOptional(), name: text };

const completeness = z.object({
  judged: z.boolean().describe('False: the run ended before it, and the counts say nothing.'),
  backedUp: count,
  created: count,
  accepted: count,
  derived: count,
  platform: count,
  excluded: count,
  ignored: count,
  missing: z.array(z.object({ ...object, why: text })),
  missingCut: count.describe('How many more are missing than are listed.'),
});

const decision = z.object({
  at: time,
  kind: text.describe('approve, retryStep, acceptErrors, abort, cancel, …'),
  step: text.exactOptional(),
  mode: text.exactOptional(),
  by: text.describe('As stated by the caller.'),
  reason: text,
  identity: text.exactOptional().describe('As Temporal recorded the caller.'),
});

const debt = z.object({
  ...object,
  verdict: z.enum(verdictNames),
  reason: text,
  message: text,
  settledAt: time.nullable(),
  dueIn: z.enum([...tierNames, 'verify']),
});

const finding = z.object({
  severity: z.enum(['block', 'warn', 'info']),
  reason: text,
  message: text,
  step: text.exactOptional(),
  object: text.exactOptional(),
});

const crash = z.object({
  worker: text,
  lastSeen: time,
  resumedAt: time,
  seconds,
  tier: tier.exactOptional(),
  step: text.exactOptional(),
});

const backup = z.object({
  namespace: text,
  name: text,
  storageLocation: text,
  startTimestamp: time,
  completionTimestamp: time.exactOptional(),
  phase: text,
  accepted: text.exactOptional().describe('What was accepted of it: Expired, PartiallyFailed.'),
});

const store = z.object({
  store: text.describe('The claim in the Backup, namespace/name.'),
  step: text.exactOptional(),
  dataAt: time,
  dataAtIs: z.enum(dataTimes),
  rpoSeconds: seconds,
});

const earlier = z.object({
  recovery: text,
  startedAt: time,
  outcome: z.enum(outcomes),
  rtoSeconds: seconds.nullable(),
  tiers: z.partialRecord(tier, seconds).describe('Seconds until the tier was healthy.'),
});

const siteDrill = z.object({
  cluster: text.describe("The plan's own cluster, which the drill did not touch."),
  approval: z.enum(['asked', 'not asked', 'not in the plan']),
  dns: z.array(text).describe('What a recovery would have written, a line for each object.'),
  stoodSeconds: seconds.exactOptional(),
  cleanUp: z
    .object({
      clean: z.boolean().describe('True only where a last look found nothing.'),
      left: z.array(z.object({ kind: text, name: text, why: text })),
      leftCut: count,
      seconds,
      notes: z.array(text),
    })
    .exactOptional(),
});

/** A report as JSON. */
export const reportSchema = z.object({
  recovery: text,
  plan: text,
  planSha256: text,
  site: text,
  cluster: z.object({ context: text, uid: text.describe('Of the namespace kube-system.') }),
  outcome: z.enum(outcomes),
  because: text.exactOptional(),
  requestedReason: text.exactOptional(),
  workflow: z.object({ namespace: text, workflowId: text, runId: text }),
  resumedFrom: text.exactOptional(),
  backup: backup.exactOptional(),
  startedAt: time,
  disasterAt: time,
  disasterAtIs: z.enum(['given', 'the start']),
  verifiedAt: time.exactOptional(),
  endedAt: time,
  rtoSeconds: seconds.nullable().describe('disasterAt until verified; null where the site was not verified.'),
  rpoSeconds: seconds.nullable().describe("The worst store's age at disasterAt."),
  objectives: z.object({
    rtoSeconds: seconds.exactOptional(),
    rpoSeconds: seconds.exactOptional(),
    met: z.boolean().nullable(),
  }),
  tiers: z.array(tierReport).describe('All eight, in their order.'),
  workerCrashes: count,
  crashes: z.array(crash),
  times,
  criticalPathSeconds: seconds,
  overheadSeconds: seconds,
  verify: z.array(check),
  completeness,
  data: z.array(z.object({ store: text, expected: text, restored: text, equal: z.boolean() })),
  decisions: z.array(decision),
  exceptions: z.array(text),
  debts: z.array(debt),
  findings: z.array(finding),
  stores: z.array(store).exactOptional(),
  deciding: z.array(z.object({ from: time, to: time })).exactOptional(),
  phaseOneGateAt: time.exactOptional(),
  phaseTwoAt: time.exactOptional(),
  siteDrill: siteDrill.exactOptional().describe('Of a drill on another cluster alone.'),
  earlier: z.array(earlier).exactOptional().describe('Earlier runs of the plan, newest first; not of the run itself.'),
});

/** The text of `docs/report.schema.json`. */
export function reportJsonSchemaText(): string {
  const schema = z.toJSONSchema(reportSchema, {
    // Input: what is not named may be there.
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // The pattern of a date is a page long, and `format` says the same.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  const head = {
    title: 'Report of a recovery by Rekindle',
    description: 'The result of recoverSite; `rekindle report RUN -o json`.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
