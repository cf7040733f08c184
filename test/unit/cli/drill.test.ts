import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CliError } from '../../../src/cli/cli-error.ts';
import { Parts } from '../../../src/cli/drill/parts.ts';
import { drillReport, keepReport } from '../../../src/cli/drill/record.ts';
import { writeKubeconfig } from '../../../src/cli/drill/site.ts';
import { environmentFor, stopKept } from '../../../src/cli/drill/workers.ts';
import { createOutput } from '../../../src/cli/output.ts';
import { loadConfig } from '../../../src/config.ts';
import { aReport } from '../../support/a-report.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rekindle-drill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the kubeconfig of a drill’s workers', () => {
  it('leads the plan’s context to the lab and knows no other', async () => {
    const lab = { kubeconfig: join(folder, 'admin'), context: 'rekindle-lab-a' };
    await writeFile(
      lab.kubeconfig,
      JSON.stringify({
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
        contexts: [
          { name: 'production', context: { cluster: 'p', user: 'p' } },
          { name: 'rekindle-lab-a', context: { cluster: 'c', user: 'u' } },
        ],
        'current-context': 'production',
      }),
    );

    await writeKubeconfig(lab, 'dr-east', join(folder, 'kubeconfig'));

    expect(parse(await readFile(join(folder, 'kubeconfig'), 'utf8'))).toEqual({
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443' } }],
      contexts: [{ name: 'dr-east', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'dr-east',
    });
    expect((await stat(join(folder, 'kubeconfig'))).mode & 0o777).toBe(0o600);
  });
});

describe('the environment of a drill’s workers', () => {
  it('names the drill’s Temporal and nothing of any other', () => {
    const config = loadConfig({
      PATH: '/bin',
      TEMPORAL_API_KEY: 'k',
      TEMPORAL_TLS: 'true',
      TEMPORAL_ADDRESS: 'prod:7233',
      TEMPORAL_CLI: '/bin/temporal',
    });

    expect(environmentFor(config, { address: '127.0.0.1:20000', uiUrl: 'u', namespace: 'default' })).toEqual({
      PATH: '/bin',
      TEMPORAL_CLI: '/bin/temporal',
      TEMPORAL_ADDRESS: '127.0.0.1:20000',
      TEMPORAL_NAMESPACE: 'default',
    });
  });

  it('is not stopped by a process id that belongs to somebody else now', async () => {
    await writeFile(join(folder, 'workers.json'), JSON.stringify([process.pid]));

    expect(await stopKept(folder)).toBe(false);
  });
});

describe('the report of a drill', () => {
  const equal = { store: 'orders', expected: '5', restored: '5', equal: true };
  const lost = { store: 'catalog', expected: '5', restored: '0', equal: false };

  it('takes over the comparison of the data', () => {
    expect(drillReport(aReport(), [equal], [], undefined)).toMatchObject({
      outcome: 'recovered',
      data: [equal],
      drill: { killed: null },
    });
  });

  it('is failed when a store is not equal, whatever the run said of itself', () => {
    expect(drillReport(aReport(), [equal, lost], [], undefined)).toMatchObject({
      outcome: 'failed',
      because: 'the run ended as recovered, but the data of 1 store did not come back (catalog)',
    });
  });

  it('keeps the run’s own reason', () => {
    const failed = aReport({ outcome: 'aborted', because: 'step orders: overdue' });

    expect(drillReport(failed, [lost], [], undefined)).toMatchObject({
      outcome: 'aborted',
      because: 'step orders: overdue; the data of 1 store did not come back (catalog)',
    });
  });

  it('is kept as JSON, Markdown and HTML, with the worker that was killed', async () => {
    const killed = {
      worker: 'w1',
      at: '2026-11-21T04:00:00.000Z',
      tier: 'databases',
      step: 'orders',
      wentOn: { worker: 'w2', at: '2026-11-21T04:00:05.000Z', seconds: 5 },
    } as const;
    const report = drillReport(aReport(), [equal], [{ name: 'lab', seconds: 31 }], killed);

    const { json, markdown, html } = await keepReport(report, folder);

    expect(JSON.parse(await readFile(json, 'utf8'))).toEqual(report);
    expect(json).toBe(join(folder, 'reports', 'bookstore-4fx2q7ab.json'));
    const text = await readFile(markdown, 'utf8');
    expect(text).toContain(
      'Worker `w1` was killed at 2026-11-21T04:00:00.000Z, in the middle of databases/orders; `w2` went on after 5.0 s.',
    );
    expect(text).toContain('| lab | 31.0 s |');
    const page = await readFile(html, 'utf8');
    expect(page).toContain('<p>Worker w1 was killed at 2026-11-21T04:00:00.000Z, in the middle of databases/orders;');
    expect(page).toContain('>lab</td>');
  });

  it('is compared with the drills before', async () => {
    const first = aReport({ recovery: 'bookstore-aaaaaaaa', startedAt: '2026-11-20T04:00:00.000Z', rtoSeconds: 160 });
    await keepReport(drillReport(first, [equal], [], undefined), folder);

    const { json, html } = await keepReport(drillReport(aReport(), [equal], [], undefined), folder);

    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      earlier: [{ recovery: 'bookstore-aaaaaaaa', rtoSeconds: 160 }],
      drill: { killed: null },
    });
    expect(await readFile(html, 'utf8')).toContain('50 % faster');
  });
});

describe('the parts of a drill', () => {
  function parts() {
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) };
    const stopper = new AbortController();
    return {
      lines,
      stopper,
      parts: new Parts(createOutput({ noColor: true }, { stdout: stream, stderr: stream }), stopper.signal),
    };
  }

  it('are timed, and undone in reverse though one of them cannot be', async () => {
    const { lines, parts: drill } = parts();
    const undone: string[] = [];
    drill.atEnd('lab', async () => void undone.push('lab'));
    drill.atEnd('workers', () => Promise.reject(new Error('stuck')));
    drill.atEnd('temporal', async () => void undone.push('temporal'));

    expect(await drill.part('counting', async () => 7)).toBe(7);
    expect(await drill.end()).toBe(false);

    expect(drill.times.map(({ name }) => name)).toEqual(['counting']);
    expect(undone).toEqual(['temporal', 'lab']);
    expect(lines.join('')).toContain('workers did not work: stuck');
  });

  it('end at once when the drill is interrupted, and none begins after that', async () => {
    const { stopper, parts: drill } = parts();

    const waiting = drill.part('forever', () => new Promise<never>(() => undefined));
    stopper.abort();

    await expect(waiting).rejects.toThrow('the drill was interrupted');
    await expect(drill.part('next', async () => 1)).rejects.toThrow(CliError);
  });

  it('say in which of them it went wrong', async () => {
    await expect(
      parts().parts.part('backup', () => Promise.reject(new Error('no bucket\n  at stack'))),
    ).rejects.toThrow(/^drill: backup: no bucket$/);
  });
});
