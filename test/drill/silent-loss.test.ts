import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { down, up } from '../../lab/lab.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { countRows, lose, plans, prepare, restoreInWrongOrder, seededRows } from '../../lab/sites/silent-loss/site.ts';
import { writeKubeconfig } from '../../src/cli/drill/site.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { parseJson, textAt } from '../../src/kube/read.ts';

// The name under which both plans look for their data and their cluster.
const backup = 'library';
const context = 'lab';

const name = `loss-${randomBytes(3).toString('hex')}`;
const report = showEvents(process.stderr);
const folder = mkdtempSync(join(tmpdir(), 'silent-loss-'));
const kubeconfig = join(folder, 'kubeconfig');
let lab: LabInfo;

beforeAll(async () => {
  lab = await up({ name, report });
  await writeKubeconfig(lab, context, kubeconfig);
  await prepare(lab, backup);
});

beforeEach(async () => {
  await lose(lab);
});

afterAll(async () => {
  await down({ name, report });
  rmSync(folder, { recursive: true });
});

/** Runs `rekindle recover` with a Temporal and a worker of its own, as a person would for a trial. */
function recover(plan: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const entry = join(import.meta.dirname, '../../bin/rekindle.js');
  const planName = plan.replace(/^.*\//, '').replace(/\.yaml$/, '');
  const args = [entry, 'recover', planName, '--embedded', '--on-failure', 'abort', '-o', 'json'];
  const env = {
    ...process.env,
    REKINDLE_KUBECONFIG: kubeconfig,
    REKINDLE_PLANS: dirname(plan),
    REKINDLE_STATE: join(folder, planName),
  };
  return new Promise((resolve) => {
    const options = { env, cwd: folder, maxBuffer: 16 * 1024 ** 2 };
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

describe('a cluster that comes back before its volumes', () => {
  it('loses its table by plain Velero Restores, while Velero and the operator report success', async () => {
    const outcome = await restoreInWrongOrder(lab, backup);

    expect(outcome.restores.map(({ phase, errors }) => ({ phase, errors }))).toEqual([
      { phase: 'Completed', errors: 0 },
      { phase: 'Completed', errors: 0 },
    ]);
    expect(outcome.clusterPhase).toBe('Cluster in healthy state');
    expect(outcome.rows).toBeUndefined();
  });

  it('is not called done by Rekindle, which names the claim that was there before', async () => {
    const { code, stdout, stderr } = await recover(plans.wrong);

    expect(code, stderr).toBe(exitCodes.failed);
    const text = JSON.stringify(parseJson(stdout)) + stderr;
    expect(text).toContain('PersistentVolumeClaim library/loans-1');
    expect(text).toContain('says Completed, but 1 objects were there before');
    expect(await countRows(lab)).toBeUndefined();
  });
});

describe('volumes first, then the cluster', () => {
  it('brings every row back, and Rekindle has asked for them', async () => {
    const { code, stdout, stderr } = await recover(plans.right);

    expect(code, stderr).toBe(exitCodes.recovered);
    expect(textAt(parseJson(stdout), 'outcome')).toBe('recovered');
    expect(await countRows(lab)).toBe(seededRows);
  });
});
