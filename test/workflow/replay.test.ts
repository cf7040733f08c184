import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { bundleWorkflows } from '../support/bundle.ts';
import { quietRuntime } from '../support/quiet-runtime.ts';
import { scenarios } from '../support/scenarios.ts';

const folder = fileURLToPath(new URL('./histories/', import.meta.url));
const twin = fileURLToPath(new URL('../support/wrong-twin/recover-site.ts', import.meta.url));

/** Every history that was ever recorded: `recoverSite/success@0.1.0.json`. */
const histories = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));

function historyIn(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** The names of all patches in the workflows. */
const workflowsFolder = fileURLToPath(new URL('../../workflows/', import.meta.url));
const patches = readdirSync(workflowsFolder)
  .flatMap((file) => [...readFileSync(join(workflowsFolder, file), 'utf8').matchAll(/\bpatched\('([^']+)'\)/g)])
  .map(([, name = '']) => name);

/** The patches whose new way a history has taken. */
function patchesIn(name: string): ReadonlySet<string> {
  const { events } = historyIn(name) as {
    events: { markerRecordedEventAttributes?: { details?: { 'patch-data'?: { payloads: { data: string }[] } } } }[];
  };
  const marks = events.flatMap((event) => event.markerRecordedEventAttributes?.details?.['patch-data']?.payloads ?? []);
  return new Set(marks.map(({ data }) => (JSON.parse(Buffer.from(data, 'base64').toString()) as { id: string }).id));
}

function replay(codePath: string, name: string): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: { codePath } }, historyIn(name), name);
}

describe('recorded histories', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rekindle-twin-'));
  const twinBundle = join(scratch, 'bundle.js');

  beforeAll(async () => {
    quietRuntime();
    writeFileSync(twinBundle, (await bundleWorkflows(twin)).code);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('cover every scenario', () => {
    const recorded = histories.map((name) => name.replace(/^(?:recoverSite|drillSite)\/(.*)@.*$/, '$1'));

    expect(new Set(recorded)).toEqual(new Set(Object.keys(scenarios)));
  });

  it.each(patches)('know the way before the patch %s, and the way behind it', (patch) => {
    const behind = histories.filter((name) => patchesIn(name).has(patch));

    expect(behind.length).toBeGreaterThan(0);
    expect(behind.length).toBeLessThan(histories.length);
  });

  it.each(histories)('%s replays on the workflows as they are now', async (name) => {
    await expect(replay(inject('workflowBundle'), name)).resolves.toBeUndefined();
  });

  it.each(histories)('%s is refused by a twin with one activity more', async (name) => {
    await expect(replay(twinBundle, name)).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});
