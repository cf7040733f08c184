/** A report of a small run that went well, with one of everything; `changes` replaces fields. */
import type { Report } from '../../src/model/report.ts';
import { phaseOf, tierNames } from '../../src/model/tiers.ts';

export function aReport(changes: Partial<Report> = {}): Report {
  return { ...good, ...changes };
}

const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 4, 0, second)).toISOString();

const good: Report = {
  recovery: 'bookstore-4fx2q7ab',
  plan: 'bookstore',
  planSha256: 'ab'.repeat(32),
  site: 'bookstore',
  cluster: { context: 'dr-east', uid: 'd2a8' },
  outcome: 'recovered',
  requestedReason: 'dr-east is lost',
  workflow: { namespace: 'default', workflowId: 'recover-bookstore-1', runId: 'run-1' },
  backup: {
    namespace: 'velero',
    name: 'nightly-20261120',
    storageLocation: 'default',
    startTimestamp: '2026-11-20T03:00:00Z',
    phase: 'Completed',
  },
  startedAt: at(0),
  disasterAt: at(0),
  disasterAtIs: 'the start',
  verifiedAt: at(80),
  endedAt: at(81),
  rtoSeconds: 80,
  rpoSeconds: 90_000,
  objectives: { rtoSeconds: 1800, rpoSeconds: 86_400, met: false },
  tiers: tierNames.map((name, index) => ({
    name,
    phase: phaseOf(name),
    startedAt: at(index * 10),
    healthyAt: at(index * 10 + 9),
    steps:
      name === 'databases'
        ? [
            {
              name: 'orders',
              driver: 'velero',
              state: 'done',
              generation: 1,
              attempts: 1,
              engineSeconds: 3.2,
              gateSeconds: 5,
              settleSeconds: 3,
              objects: 1234,
              checks: [
                { name: 'rows-are-back', verdict: 'Healthy', observed: 'matched | "at least 1"', asserts: 'data' },
              ],
              evidence: ['Restore velero/bookstore-4fx2q7ab-databases-orders-g1 Completed'],
              notes: [],
              startedAt: at(40),
              restoredAt: at(43),
              healthyAt: at(49),
            },
          ]
        : [],
  })),
  workerCrashes: 1,
  crashes: [
    {
      worker: 'rekindle-1@a-000001',
      lastSeen: at(41),
      resumedAt: at(46),
      seconds: 5,
      tier: 'databases',
      step: 'orders',
    },
  ],
  times: { criticalPath: 60, settle: 9, decision: 4, crash: 5, overhead: 2 },
  criticalPathSeconds: 60,
  overheadSeconds: 2,
  verify: [{ name: 'shop-answers', verdict: 'Healthy', observed: '200' }],
  completeness: {
    judged: true,
    backedUp: 402,
    created: 380,
    accepted: 0,
    derived: 12,
    platform: 10,
    excluded: 0,
    ignored: 0,
    missing: [],
    missingCut: 0,
  },
  data: [{ store: 'orders', expected: '50000, checksum 1f', restored: '50000, checksum 1f', equal: true }],
  decisions: [{ at: at(70), kind: 'approve', by: 'ana', reason: 'looked at it', identity: 'ana@laptop' }],
  exceptions: [],
  debts: [],
  findings: [],
  phaseOneGateAt: at(62),
  phaseTwoAt: at(70),
  deciding: [{ from: at(62), to: at(66) }],
  stores: [
    {
      store: 'shop-data/orders-1',
      step: 'volumes',
      dataAt: '2026-11-20T03:00:00.000Z',
      dataAtIs: 'the snapshot',
      rpoSeconds: 90_000,
    },
    {
      store: 'shop-data/catalog',
      step: 'volumes',
      dataAt: '2026-11-20T03:00:20.000Z',
      dataAtIs: 'the snapshot',
      rpoSeconds: 89_980,
    },
  ],
};
