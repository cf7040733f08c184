/** What stands in a ledger's entries, for reading them: a person may have edited one. */
import { z } from 'zod';
import { outcomes } from '../model/run.ts';
import { tierNames } from '../model/tiers.ts';
import type { Decision } from '../model/report.ts';
import type { LedgerJournal, LedgerRun, LedgerStep } from './ledger.ts';
import type { QuiesceEntry } from './quiesce-entry.ts';

// Fields that are not known here are kept: of two workers one may be newer while they are replaced.
const entry = z.looseObject;

const name = z.string().min(1);
const time = z.iso.datetime({ offset: true });
const count = z.int().min(1);
const ms = z.number().min(0);

const backup = entry({
  namespace: name,
  name,
  storageLocation: name,
  startTimestamp: name,
  completionTimestamp: z.string().exactOptional(),
  phase: z.string(),
  accepted: z.string().exactOptional(),
});

/** `run.json`. */
export const runEntry = entry({
  recovery: name,
  site: name,
  plan: name,
  planSha256: name,
  cluster: entry({ context: name, uid: name }),
  backup: backup.exactOptional(),
  startedAt: time,
  disasterAt: time,
  disasterAtIs: z.enum(['given', 'the start']),
  workflow: entry({ namespace: name, workflowId: name, runId: name }),
  intoLiveSite: z.string().exactOptional(),
  mode: z.literal('drill').exactOptional(),
  namespacesBefore: z.array(name).exactOptional(),
}) satisfies z.ZodType<LedgerRun>;

const accepted = entry({ by: z.string(), reason: z.string() });

/** `step.<name>`. */
export const stepEntry = entry({
  tier: z.enum(tierNames),
  generation: count,
  attempt: count,
  handles: z.record(z.string(), z.json()),
  endedWell: count.exactOptional(),
  evidence: z.array(z.string()).exactOptional(),
  acceptedErrors: accepted.exactOptional(),
  done: z.boolean().exactOptional(),
  startedAt: time.exactOptional(),
  doneAt: time.exactOptional(),
  took: entry({ engineMs: ms, gateMs: ms, settleMs: ms, attempts: z.int().min(0) }).exactOptional(),
  asides: z.record(z.string(), z.json()).exactOptional(),
}).refine(({ generation, endedWell = generation }) => endedWell <= generation, {
  path: ['endedWell'],
  error: 'expected a generation that was begun',
}) satisfies z.ZodType<LedgerStep>;

/** `decision.<number>`. */
export const decisionEntry = entry({
  at: time,
  kind: z.enum(['approve', 'retryStep', 'acceptErrors', 'skipStep', 'pause', 'resume', 'abort', 'cancel', 'cleanUp']),
  step: z.string().exactOptional(),
  mode: z.string().exactOptional(),
  by: z.string(),
  reason: z.string(),
  identity: z.string().exactOptional(),
  timeout: z.string().exactOptional(),
  undo: z.boolean().exactOptional(),
  voided: z.string().exactOptional(),
}) satisfies z.ZodType<Decision>;

const crash = entry({
  worker: z.string(),
  lastSeen: time,
  resumedAt: time,
  seconds: z.number(),
  tier: z.enum(tierNames).exactOptional(),
  step: z.string().exactOptional(),
});

const stretch = entry({ on: z.enum(['crash', 'engine', 'decision', 'settle']), from: time, to: time });

/** `journal.<run id>`. */
export const journalEntry = entry({
  workflowId: name,
  runId: name,
  startedAt: time,
  endedAt: time.exactOptional(),
  outcome: z.enum(outcomes).exactOptional(),
  crashes: z.array(crash).exactOptional(),
  stretches: z.array(stretch).exactOptional(),
  exceptions: z.array(z.string()).exactOptional(),
}) satisfies z.ZodType<LedgerJournal>;

/** `quiesce.<hash>`. */
export const quiesceEntry = entry({
  apiVersion: name,
  kind: name,
  namespace: z.string().exactOptional(),
  name,
  order: z.int().min(0),
  state: z.enum(['quiesced', 'coming', 'was already', 'put back']),
  before: z.record(z.string(), z.json()),
}) satisfies z.ZodType<QuiesceEntry>;

/** `cleaned-up.json`. */
export const cleanedUpEntry = entry({ at: time, clean: z.boolean() });

/** `drill-namespaces.json`. */
export const namespacesEntry = z.array(name);
