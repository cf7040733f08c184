import { describe, expect, it } from 'vitest';
import type { ClusterSource } from '../../../src/kube/clusters.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { findLeftDrill } from '../../../src/recovery/find-left-drill.ts';
import { type LedgerRun, type LedgerStep, planHash } from '../../../src/recovery/ledger.ts';
import { type FakeKube, fakeKube, type FakeKubeOptions } from '../../support/fake-kube.ts';

const text = 'the plan';
const { signal } = new AbortController();

interface More extends Partial<LedgerRun> {
  readonly clean?: boolean;
  readonly steps?: { readonly [name: string]: LedgerStep };
}

/** A ledger in the practice cluster unless it says otherwise. */
function ledger(recovery: string, { clean, steps = {}, ...more }: More = {}): KubeObject {
  const run: LedgerRun = {
    ...{ recovery, site: 'shop', plan: 'shop', planSha256: planHash(text), mode: 'drill' },
    cluster: { context: 'practice', uid: 'uid-practice' },
    ...{ startedAt: '2026-11-20T03:00:00Z', disasterAt: '2026-11-20T03:00:00Z', disasterAtIs: 'the start' },
    workflow: { namespace: 'default', workflowId: `drill-${recovery}`, runId: 'first' },
    ...more,
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      ...{ name: `rekindle-${recovery}`, namespace: 'rekindle-system' },
      labels: { 'rekindle.dev/recovery': recovery },
    },
    data: {
      'run.json': JSON.stringify(run),
      'plan.yaml': text,
      ...Object.fromEntries(Object.entries(steps).map(([name, step]) => [`step.${name}`, JSON.stringify(step)])),
      ...(clean === undefined ? {} : { 'cleaned-up.json': JSON.stringify({ at: '2026-11-21T00:00:00Z', clean }) }),
    },
  };
}

/** A recovery's ledger: `mode` is a drill's alone. */
function recoveryLedger(recovery: string, more: More): KubeObject {
  const made = ledger(recovery, more);
  const data = made['data'] as Record<string, string>;
  const { mode: _mode, ...run } = JSON.parse(data['run.json'] ?? '') as LedgerRun;
  return { ...made, data: { ...data, 'run.json': JSON.stringify(run) } };
}

function cluster(uid: string, objects: readonly KubeObject[], more: FakeKubeOptions = {}): FakeKube {
  const system: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } };
  return fakeKube({ objects: [system, ...objects], ...more });
}

function find(wanted: string, byContext: { readonly [context: string]: FakeKube }): Promise<string> {
  const clusters: ClusterSource = {
    contexts: Object.keys(byContext),
    client: (context) => byContext[context] ?? fakeKube(),
    close: () => Promise.resolve(),
  };
  return findLeftDrill(clusters, wanted, signal).then(
    ({ ledger: { run }, context }) => `${run.recovery} in ${context}`,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const practice = (...objects: KubeObject[]): { readonly practice: FakeKube } => ({
  practice: cluster('uid-practice', objects),
});
const step: LedgerStep = { tier: 'databases', generation: 1, attempt: 1, handles: {} };

describe('the drill whose remains are meant', () => {
  it('is found by its recovery id, clean or not, and by its site', async () => {
    expect(await find('shop-abcdefgh', practice(ledger('shop-abcdefgh', { clean: true })))).toBe(
      'shop-abcdefgh in practice',
    );
    expect(await find('shop', practice(ledger('shop-abcdefgh')))).toBe('shop-abcdefgh in practice');
  });

  it('is of a site’s drills the one that is not known to be clean, else the newest', async () => {
    const old = ledger('shop-aaaaaaaa', { clean: true });
    const left = ledger('shop-bbbbbbbb', { clean: false, startedAt: '2026-11-18T03:00:00Z' });
    const newest = ledger('shop-cccccccc', { clean: true, startedAt: '2026-11-27T03:00:00Z' });

    expect(await find('shop', practice(old, left, newest))).toBe('shop-bbbbbbbb in practice');
    expect(await find('shop', practice(old, newest))).toBe('shop-cccccccc in practice');
  });

  it('has to be named where several may have left something', async () => {
    const two = practice(ledger('shop-aaaaaaaa'), ledger('shop-bbbbbbbb', { startedAt: '2026-11-21T03:00:00Z' }));

    expect(await find('shop', two)).toBe(
      '"cleanUp": 2 drills of site shop are not known to be clean, so say which: shop-bbbbbbbb (in practice), shop-aaaaaaaa (in practice)',
    );
    expect(await find('shop-aaaaaaaa', two)).toBe('shop-aaaaaaaa in practice');
  });

  it('counts once where two contexts lead to its cluster: by the name that it had', async () => {
    const one = cluster('uid-practice', [ledger('shop-abcdefgh')]);

    expect(await find('shop', { alias: one, practice: one })).toBe('shop-abcdefgh in practice');
    expect(await find('shop', { practice: one, alias: one })).toBe('shop-abcdefgh in practice');
  });

  it('is never of another site that begins alike', async () => {
    const long = 'a-site-with-quite-a-long-name';
    const other = ledger('a-site-with-quite-a-abcdefgh', { site: `${long}-2` });

    expect(await find(long, practice(other))).toContain(`nor of a drill of a site ${long}`);
    expect(await find(`${long}-2`, practice(other))).toBe('a-site-with-quite-a-abcdefgh in practice');
  });

  it('is not where its ledger was only copied to', async () => {
    const copy = { live: cluster('uid-live', [ledger('shop-abcdefgh')]) };

    expect(await find('shop-abcdefgh', copy)).toBe(
      '"cleanUp": the ledger of drill shop-abcdefgh in live tells of another cluster (kube-system uid-practice): it was copied there, and nothing of the drill is removed there',
    );
    expect(await find('shop-abcdefgh', { ...copy, ...practice(ledger('shop-abcdefgh')) })).toBe(
      'shop-abcdefgh in practice',
    );
  });

  it('is no recovery', async () => {
    expect(await find('shop-abcdefgh', practice(recoveryLedger('shop-abcdefgh', {})))).toBe(
      '"cleanUp": shop-abcdefgh is a recovery of site shop, no drill: what it restored stays',
    );
  });

  it('is nowhere: the clusters that were asked are named, and those that could not be', async () => {
    const silent = cluster('uid-live', [], { forbiddenKinds: ['ConfigMap'] });

    expect(await find('shop', { ...practice(), live: silent })).toBe(
      '"cleanUp": no cluster that the worker knows (practice, live) has the ledger of a drill shop, nor of a drill of a site shop; live could not be asked',
    );
  });

  it('says so where its ledger was edited by hand; somebody else’s does not matter', async () => {
    const edited = (recovery: string): KubeObject => {
      const made = ledger(recovery);
      return { ...made, data: { ...(made['data'] as object), 'plan.yaml': 'another plan' } };
    };

    expect(await find('shop-abcdefgh', practice(edited('shop-abcdefgh')))).toContain('it was edited by hand');
    expect(await find('shop', practice(edited('shop-aaaaaaaa'), ledger('shop-bbbbbbbb')))).toBe(
      'shop-bbbbbbbb in practice',
    );
  });
});

describe('a drill whose site was restored into its cluster since', () => {
  const drill = ledger('shop-abcdefgh');
  const after = { startedAt: '2026-11-22T03:00:00Z', steps: { orders: step } };

  it('is not cleaned up: what carries its label may be in use', async () => {
    const found = await find('shop', practice(drill, recoveryLedger('shop-bbbbbbbb', after)));

    expect(found).toContain('was restored into cluster practice by recovery shop-bbbbbbbb after drill shop-abcdefgh');
    expect(found).toContain('nothing is removed');
  });

  it.each([
    ['was before it', { ...after, startedAt: '2026-11-01T03:00:00Z' }],
    ['restored nothing', { ...after, steps: {} }],
    ['was of another site', { ...after, site: 'shop-2' }],
  ])('is, where the recovery %s', async (_what, more) => {
    expect(await find('shop', practice(drill, recoveryLedger('shop-bbbbbbbb', more)))).toBe(
      'shop-abcdefgh in practice',
    );
  });
});
