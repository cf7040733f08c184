import { describe, expect, it } from 'vitest';
import { reportMarkdown } from '../../../src/report/markdown.ts';
import { aReport } from '../../support/a-report.ts';

describe('the report as Markdown', () => {
  const text = reportMarkdown(aReport());

  it('begins with the outcome, what it means, and why it was asked for', () => {
    expect(text.split('\n').slice(0, 5)).toEqual([
      '# bookstore: recovered',
      '',
      'Recovery `bookstore-4fx2q7ab` by plan `bookstore` into cluster `dr-east`. **Recovered**: the site is back, everything of the backup is accounted for, and data was asserted.',
      '',
      'Requested because: dr-east is lost',
    ]);
  });

  it('holds each objective against what was achieved, and says what it counts from', () => {
    expect(text).toContain('| RTO: lost until verified | 30 min 00 s | 1 min 20 s | met |');
    expect(text).toContain('| RPO: age of the data | 24 h 00 min | 25 h 00 min | **missed** |');
    expect(text).toContain(
      'The objectives were **not** met. Counted from the start of the run, 2026-11-21T04:00:00.000Z, since no time of the disaster was given.',
    );
  });

  it('shows where the time went in shares that add up to the whole', () => {
    const shares = [...text.matchAll(/\| ([\d.]+) % \|/g)].map((match) => Number(match[1]));

    expect(shares).toEqual([75, 11.3, 5, 6.3, 2.5, 100]);
  });

  it('counts what passed before the run was started, where the disaster was earlier', () => {
    const said = reportMarkdown(
      aReport({ disasterAt: '2026-11-21T03:59:40.000Z', disasterAtIs: 'given', rtoSeconds: 100 }),
    );

    expect(said).toContain('| before the run was started | 20.0 s | 20.0 % |');
    expect(said).toContain('| **together** | 1 min 40 s | 100 % |');
  });

  it('has a row for each of the eight tiers, in order', () => {
    const rows = [...text.matchAll(/^\| (\d) \| (\w+) \| (one|two) \|/gm)].map(
      ([, number, tier, phase]) => `${number} ${tier} ${phase}`,
    );

    expect(rows).toEqual([
      '1 namespaces one',
      '2 crds one',
      '3 operators one',
      '4 storage one',
      '5 databases one',
      '6 queues one',
      '7 applications two',
      '8 ingress two',
    ]);
  });

  it('shows what each check saw, and keeps a | in it from breaking the table', () => {
    expect(text).toContain('| databases/orders | rows-are-back (data) | Healthy | matched \\| "at least 1" |');
    expect(text).toContain('| the whole site | shop-answers | Healthy | 200 |');
  });

  it('names who decided, as stated and as recorded, and which worker died where', () => {
    expect(text).toContain('| 2026-11-21T04:01:10.000Z | approve | ana (stated) | ana@laptop | looked at it |');
    expect(text).toContain('## Worker crashes: 1');
    expect(text).toContain(
      '| rekindle-1@a-000001 | databases/orders | 2026-11-21T04:00:41.000Z | 2026-11-21T04:00:46.000Z | 5.0 s |',
    );
  });

  it('lists what is missing, and says how much of the list was cut', () => {
    const completeness = {
      ...aReport().completeness,
      missing: [
        { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop-web', name: 'web', why: 'no step restores it' },
      ],
      missingCut: 1200,
    };

    const said = reportMarkdown(aReport({ completeness }));

    expect(said).toContain('- ConfigMap shop-web/web: no step restores it\n- and 1,200 more');
    expect(said).toContain('| **missing** | 1,201 |');
  });

  it('shows debts, findings and exceptions together, settled or not', () => {
    const said = reportMarkdown(
      aReport({
        exceptions: ['Backup nightly was accepted although Expired'],
        debts: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            namespace: 'a',
            name: 'b',
            verdict: 'Progressing',
            reason: 'WaitForFirstConsumer',
            message: '',
            settledAt: null,
            dueIn: 'databases',
          },
        ],
        findings: [
          { severity: 'warn', reason: 'OldServer', message: 'Kubernetes 1.20' },
          { severity: 'info', reason: 'Fine', message: 'nothing to say' },
        ],
      }),
    );

    expect(said).toContain(
      '- Backup nightly was accepted although Expired\n- debt: PersistentVolumeClaim a/b was Progressing (WaitForFirstConsumer), due in databases: **not settled**\n- preflight: OldServer: Kubernetes 1.20',
    );
    expect(said).not.toContain('nothing to say');
  });

  it('can be written of a run that came to nothing', () => {
    const tiers = aReport().tiers.map((tier) => ({ ...tier, startedAt: null, healthyAt: null, steps: [] }));
    const nothing = { criticalPath: 0, settle: 0, decision: 0, crash: 0, overhead: 0 };

    const said = reportMarkdown(
      aReport({
        outcome: 'failed',
        because: 'no such backup',
        tiers,
        times: nothing,
        rtoSeconds: null,
        rpoSeconds: null,
        data: [],
        verify: [],
        decisions: [],
        workerCrashes: 0,
        crashes: [],
      }),
    );

    expect(said).toContain('**Failed**: the site is not back.\n\nNo such backup.');
    expect(said).toContain('| not reached | **missed** |');
    expect(said).toContain('| not known |  |');
    expect(said).not.toContain('NaN');
    expect(said).not.toContain('Worker crashes');
  });
});
