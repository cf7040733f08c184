import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { health, type HealthOptions } from '../../../src/cli/health.ts';
import { createOutput } from '../../../src/cli/output.ts';
import { planOf } from '../plan/plan-text.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-health-'));
  const rules = (healthy: string): string =>
    planOf(
      'storage: [{ name: volumes, velero: {} }]',
      `  verdicts: [{ group: a.b, kind: Index, healthy: '${healthy}' }]\n`,
    );
  await writeFile(join(folder, 'shop.yaml'), rules('status.phase == "Up"'));
  await writeFile(join(folder, 'bad.yaml'), rules('status.phase ==').replace('name: shop', 'name: bad'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const index = JSON.stringify({ apiVersion: 'a.b/v1', kind: 'Index', metadata: { name: 'x' }, status: { phase: 'Up' } });

async function judged(options: HealthOptions): Promise<object> {
  let stdout = '';
  const quiet = { write: () => true, isTTY: false };
  const stream = { write: (text: string) => (stdout += text), isTTY: false };
  const output = createOutput({ noColor: true }, { stdout: stream, stderr: quiet });
  await health(
    { filename: ['-'], plans: folder, output: 'json', ...options },
    output,
    Readable.from([Buffer.from(index)]),
  );
  return JSON.parse(stdout) as object;
}

describe('rekindle health', () => {
  it("judges by a plan's own rules when one is named, by name or by file", async () => {
    expect(await judged({})).toMatchObject({ verdict: 'Unknown', reason: 'NoRule' });
    expect(await judged({ plan: 'shop' })).toMatchObject({ verdict: 'Healthy', reason: 'PlanRule' });
    expect(await judged({ plan: join(folder, 'shop.yaml') })).toMatchObject({ verdict: 'Healthy' });
  });

  it('judges nothing by a plan that is not valid, and says where it is wrong', async () => {
    await expect(judged({ plan: 'bad' })).rejects.toThrow(
      /bad\.yaml:9:50: spec\.verdicts\[0\]\.healthy: found "status\.phase =="; it is no CEL expression: something is missing .*; `rekindle validate bad` tells all/,
    );
    await expect(judged({ plan: 'nosuch' })).rejects.toThrow('unknown plan "nosuch"');
  });
});
