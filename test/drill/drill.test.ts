import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { down, status } from '../../lab/lab.ts';
import { driverNames } from '../../src/model/plan.ts';
import { outcomes, stepStates } from '../../src/model/run.ts';
import { phaseOf, tierNames } from '../../src/model/tiers.ts';
import { verdictNames } from '../../src/model/verdict.ts';
import { runCli, type Ran } from '../support/cli.ts';
import { machineTraces } from '../support/machine-traces.ts';

const checkout = resolve(import.meta.dirname, '../..');
const name = `drill-${randomBytes(3).toString('hex')}`;
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const seconds = z.number().nonnegative();
const counted = z.int().nonnegative();

/** What a drill's report holds at least. More may be there. */
const PromisedReport = z.object({
  recovery: z.string().regex(/^bookstore-[a-z2-7]{8}$/),
  plan: z.literal('bookstore'),
  planSha256: z.string().regex(/^[0-9a-f]{64}$/),
  outcome: z.enum(outcomes),
  rtoSeconds: seconds,
  rpoSeconds: seconds,
  objectives: z.object({ rtoSeconds: seconds, rpoSeconds: seconds, met: z.boolean() }),
  tiers: z.array(
    z.object({
      name: z.enum(tierNames),
      phase: z.enum(['one', 'two']),
      startedAt: time,
      healthyAt: time,
      steps: z.array(
        z.object({
          name: z.string(),
          driver: z.enum(driverNames),
          state: z.enum(stepStates),
          generation: counted,
          attempts: counted,
          engineSeconds: seconds,
          gateSeconds: seconds,
          objects: counted,
          checks: z.array(z.object({ name: z.string(), verdict: z.enum(verdictNames), observed: z.string() })),
        }),
      ),
    }),
  ),
  workerCrashes: counted,
  times: z.object({ criticalPath: seconds, settle: seconds, decision: seconds, crash: seconds, overhead: seconds }),
  criticalPathSeconds: seconds,
  overheadSeconds: seconds,
  completeness: z.object({
    backedUp: counted,
    created: counted,
    accepted: counted,
    ignored: counted,
    missing: z.array(z.unknown()),
  }),
  data: z.array(z.object({ store: z.string(), expected: z.string(), restored: z.string(), equal: z.boolean() })),
  decisions: z.array(z.object({ at: time, kind: z.string(), by: z.string(), reason: z.string() })),
  startedAt: time,
  verifiedAt: time,
  endedAt: time,
  drill: z.object({ killed: z.object({ worker: z.string(), at: time, tier: z.string() }) }),
});

/** Processes that were started for this drill: its state folder is in their environment or their arguments. */
function processesOf(folder: string): string[] {
  const own = [String(process.pid), String(process.ppid)];
  const others = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && !own.includes(entry));
  return others.filter((pid) =>
    [`/proc/${pid}/environ`, `/proc/${pid}/cmdline`].some((file) => readQuietly(file).includes(folder)),
  );
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended while we looked
  }
}

describe('rekindle drill', () => {
  let folder: string;
  let ran: Ran;
  let before: string[];
  let after: string[];
  const report = () => PromisedReport.parse(JSON.parse(ran.stdout));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rekindle-whole-drill-'));
    before = await machineTraces(name);
    ran = await runCli(['drill', '--json', '--name', name], { REKINDLE_STATE: folder }, checkout);
    process.stderr.write(ran.stderr);
    after = await machineTraces(name);
  }, 15 * 60_000);
  afterAll(async () => {
    // Nothing, when all is well; a drill that was broken off may have left its lab.
    if ((await status({ name })).state !== 'absent') await down({ name });
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with exit code 0 and the report alone on standard output, every promised field in it', () => {
    expect(ran.code).toBe(0);
    expect(report().outcome).toBe('recovered');
    expect(report().completeness.missing).toEqual([]);
  });

  it('went through the eight tiers in order, each begun after the one before was healthy', () => {
    const { tiers } = report();

    expect(tiers.map((tier) => [tier.name, tier.phase])).toEqual(tierNames.map((tier) => [tier, phaseOf(tier)]));
    expect(tiers.flatMap(({ steps }) => steps.map(({ state }) => state))).toEqual(
      Array.from({ length: 11 }, () => 'done'),
    );
    for (const [index, tier] of tiers.entries()) {
      expect(Date.parse(tier.healthyAt)).toBeGreaterThan(Date.parse(tier.startedAt));
      expect(Date.parse(tier.startedAt)).toBeGreaterThanOrEqual(
        Date.parse(tiers[index - 1]?.healthyAt ?? tier.startedAt),
      );
    }
  });

  it('had a worker killed in the middle of the databases, and another one took over', () => {
    const { drill, workerCrashes, tiers } = report();
    const databases = tiers.find((tier) => tier.name === 'databases');

    expect(drill.killed.tier).toBe('databases');
    expect(workerCrashes).toBe(1);
    expect(Date.parse(drill.killed.at)).toBeGreaterThan(Date.parse(databases?.startedAt ?? ''));
    expect(Date.parse(drill.killed.at)).toBeLessThan(Date.parse(databases?.healthyAt ?? ''));
    expect(ran.stderr).toContain(`worker ${drill.killed.worker} is gone: signal SIGKILL`);
    expect(ran.stderr).toMatch(/worker rekindle-\S+ went on after \d/);
  });

  it('restored each step once, though a worker died: generation 1, attempt 1', () => {
    const steps = report().tiers.flatMap((tier) => tier.steps);

    expect(steps.map(({ generation, attempts }) => [generation, attempts])).toEqual(steps.map(() => [1, 1]));
  });

  it('was let into phase two by the drill, through the Update', () => {
    expect(report().decisions).toEqual([expect.objectContaining({ kind: 'approve', by: 'drill' })]);
  });

  it('brought back what was in every store', () => {
    expect(report().data.map(({ store, equal }) => [store, equal])).toEqual([
      ['orders', true],
      ['catalog', true],
      ['sessions', true],
      ['shipping', true],
    ]);
    for (const { expected, restored } of report().data) expect(restored).toBe(expected);
  });

  it('says where the time went, and it adds up to the run', () => {
    const { times, startedAt, verifiedAt, criticalPathSeconds, overheadSeconds } = report();
    const sum = times.criticalPath + times.settle + times.decision + times.crash + times.overhead;

    expect(Math.abs(sum - (Date.parse(verifiedAt) - Date.parse(startedAt)) / 1000)).toBeLessThan(1);
    expect([criticalPathSeconds, overheadSeconds]).toEqual([times.criticalPath, times.overhead]);
    expect(times.crash).toBeGreaterThan(0);
  });

  it('kept the report as JSON and as Markdown', () => {
    const { recovery } = report();

    expect(readFileSync(join(folder, 'reports', `${recovery}.json`), 'utf8')).toBe(ran.stdout);
    expect(readFileSync(join(folder, 'reports', `${recovery}.md`), 'utf8')).toMatch(/^# bookstore: recovered\n/);
  });

  it('stopped everything: no process, no lab, no trace of either', async () => {
    expect(processesOf(folder)).toEqual([]);
    expect(await status({ name })).toMatchObject({ state: 'absent', processes: [] });
    expect(after).toEqual(before);
  });
});
