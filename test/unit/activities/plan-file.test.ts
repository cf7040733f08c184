import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlActivities } from '../../../activities/control.ts';
import type { Shared } from '../../../activities/deps.ts';
import { planHash } from '../../../src/recovery/ledger.ts';
import { planOf } from '../plan/plan-text.ts';

const text = planOf('storage: [{ name: one, velero: {} }]').replace(/name: \S+/, 'name: toy');

describe("the plan's file, looked at after an approval", () => {
  let plansFolder: string;
  beforeEach(async () => {
    plansFolder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
    await writeFile(join(plansFolder, 'toy.yaml'), text);
  });
  afterEach(() => rm(plansFolder, { recursive: true, force: true }));

  /** What the run that carries `text` hears. */
  const look = async () => {
    const teller = { tell: () => undefined, forget: () => undefined };
    const { lookAtPlanFile } = controlActivities({ identity: 'one', teller, plansFolder } as unknown as Shared);
    const input = { plan: 'toy', planSha256: planHash(text) };
    const acted: Awaited<ReturnType<typeof lookAtPlanFile>> = await new MockActivityEnvironment().run(
      lookAtPlanFile,
      input,
    );
    return acted.value;
  };
  const finding = (how: string) => ({
    severity: 'warn',
    reason: 'PlanFileChanged',
    message: `the file of plan toy ${how} since this run began; the run goes on by its own copy (sha256 ${planHash(text).slice(0, 12)}…)`,
  });

  it('is as the run carries it: there is nothing to say', async () => {
    expect(await look()).toBeUndefined();
  });

  it('was written over with the same text: there is nothing to say', async () => {
    await writeFile(join(plansFolder, 'toy.yaml'), text);

    expect(await look()).toBeUndefined();
  });

  it('has changed, be it by a comment', async () => {
    await writeFile(join(plansFolder, 'toy.yaml'), `${text}# looked at\n`);

    expect(await look()).toEqual(finding('has changed'));
  });

  it('is gone, or no plan any more', async () => {
    await writeFile(join(plansFolder, 'toy.yaml'), 'kind: Nothing\n');
    expect(await look()).toEqual(finding('is gone, or is no valid plan any more,'));

    await rm(join(plansFolder, 'toy.yaml'));
    expect(await look()).toEqual(finding('is gone, or is no valid plan any more,'));
  });
});
