/** A report of a large run that went badly in places: many steps, long names, a hold, a crash, a step that failed. */
import type { Report, StepReport, TierReport } from '../../src/model/report.ts';
import { phaseOf, type TierName, tierNames } from '../../src/model/tiers.ts';
import { aReport } from './a-report.ts';

const begin = Date.UTC(2026, 10, 21, 4, 0, 0);
const at = (second: number): string => new Date(begin + second * 1000).toISOString();

function aStep(name: string, from: number, restored: number, to: number, more: Partial<StepReport> = {}): StepReport {
  return {
    name,
    driver: 'velero',
    state: 'done',
    generation: 1,
    attempts: 1,
    engineSeconds: restored - from,
    gateSeconds: Math.max(0, to - restored - 3),
    settleSeconds: Math.min(3, to - restored),
    objects: 12,
    checks: [],
    evidence: [`Restore velero/shop-4fx2q7ab-${name}-g1 Completed, 12 items`],
    notes: [],
    startedAt: at(from),
    restoredAt: at(restored),
    healthyAt: at(to),
    ...more,
  };
}

const longName = 'analytics-warehouse-with-a-name-that-somebody-has-made-as-long-as-it-may-be';

/** Thirty databases side by side, four at a time; the first of each four is the slow one. */
function databases(): readonly StepReport[] {
  const many = Array.from({ length: 30 }, (_, index) => {
    const from = 100 + Math.floor(index / 4) * 60;
    const took = index % 4 === 0 ? 60 : 20 + (index % 4) * 5;
    return aStep(index === 7 ? longName : `database-${index + 1}`, from, from + took / 2, from + took);
  });
  return [...many, aStep('nothing-to-do', 100, 100, 100, { objects: 0 })];
}

function tierOf(name: TierName, from: number, to: number | null, steps: readonly StepReport[]): TierReport {
  return { name, phase: phaseOf(name), startedAt: at(from), healthyAt: to === null ? null : at(to), steps };
}

const ran: readonly TierReport[] = [
  tierOf('namespaces', 8, 30, [aStep('basics', 8, 20, 30)]),
  tierOf('storage', 30, 100, [aStep('volumes', 30, 90, 100)]),
  tierOf('databases', 100, 580, databases()),
  tierOf('queues', 580, null, [
    aStep('shipping', 580, 640, 660, {
      generation: 2,
      attempts: 3,
      checks: [
        { name: 'queue-answers', verdict: 'Degraded', observed: 'ExitCode: the command ended with 1 <&> "quoted"' },
      ],
    }),
    {
      ...unended(aStep('audit-log', 580, 700, 900, { state: 'failed' })),
      evidence: [],
      notes: ['attempt 1: Restore velero/shop-4fx2q7ab-audit-log-g1 was lost'],
    },
  ]),
];

export function aLongReport(changes: Partial<Report> = {}): Report {
  const { completeness } = aReport();
  const missing = Array.from({ length: 12 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'shop-data',
    name: `settings-${index}`,
    why: 'step audit-log; not there',
  }));
  const {
    verifiedAt: _never,
    phaseOneGateAt: _gate,
    phaseTwoAt: _two,
    ...report
  } = aReport({
    site: 'shop',
    plan: 'shop',
    recovery: 'shop-4fx2q7ab',
    outcome: 'failed',
    because:
      'step audit-log: Restore velero/shop-4fx2q7ab-queues-audit-log-g1 has 2 errors: error restoring deployments.apps/shop-data/audit-log: admission webhook "guard.example.org" denied the request',
    startedAt: at(0),
    disasterAt: at(-600),
    disasterAtIs: 'given',
    endedAt: at(920),
    rtoSeconds: null,
    tiers: tierNames.map(
      (name) =>
        ran.find((tier) => tier.name === name) ?? {
          name,
          phase: phaseOf(name),
          startedAt: null,
          healthyAt: null,
          steps: name === 'applications' ? [untimed(aStep('web', 0, 0, 0, { state: 'not-run' }))] : [],
        },
    ),
    times: { criticalPath: 700, settle: 33, decision: 120, crash: 5, overhead: 62 },
    crashes: [
      { worker: 'rekindle-7@node-a-4be2c1', lastSeen: at(300), resumedAt: at(305), seconds: 5, tier: 'databases' },
    ],
    deciding: [{ from: at(660), to: at(780) }],
    decisions: [
      {
        at: at(780),
        kind: 'retryStep',
        step: 'audit-log',
        mode: 'again',
        by: 'ana',
        reason: 'the webhook is away now',
        identity: 'ana@laptop',
      },
      { at: at(915), kind: 'abort', by: 'bo', reason: 'we go on by hand' },
    ],
    exceptions: ['databases/database-3: 2 errors were accepted by ana, as stated (known)'],
    findings: [
      { severity: 'warn', reason: 'CapacityShort', message: 'pods of the plan request 12 CPU, the nodes have 8 left' },
    ],
    completeness: { ...completeness, missing, missingCut: 1200 },
    stores: [
      {
        store: 'shop-data/orders-1',
        step: 'volumes',
        dataAt: '2026-11-20T03:00:12.000Z',
        dataAtIs: 'the snapshot',
        rpoSeconds: 89_388,
      },
      {
        store: `shop-data/${longName}`,
        step: 'volumes',
        dataAt: '2026-11-20T03:04:40.000Z',
        dataAtIs: 'the snapshot',
        rpoSeconds: 89_120,
      },
      {
        store: 'shop-web/uploads',
        dataAt: '2026-11-20T03:00:00.000Z',
        dataAtIs: "the Backup's start",
        rpoSeconds: 89_400,
      },
    ],
    earlier: [1, 2, 3].map((day) => ({
      recovery: `shop-aaaaaaa${day}`,
      startedAt: `2026-11-${18 - day}T03:00:00.000Z`,
      outcome: 'recovered',
      rtoSeconds: 600 + day,
      tiers: { namespaces: 21, storage: 90 + day, databases: 240 },
    })),
    ...changes,
  });
  return report;
}

function unended({ healthyAt: _to, ...step }: StepReport): StepReport {
  return step;
}

function untimed({ startedAt: _from, restoredAt: _restored, healthyAt: _to, ...step }: StepReport): StepReport {
  return step;
}
