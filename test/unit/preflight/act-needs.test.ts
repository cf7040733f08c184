import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../../../src/kube/types.ts';
import type { BackupItem } from '../../../src/model/backup.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { type ActInput, type ActName, type ActNeed, actNeeds } from '../../../src/preflight/act-needs.ts';
import { permissions } from '../../../src/preflight/families/permissions.ts';
import { lookAhead } from '../../../src/preflight/look-ahead.ts';
import { now, placeOf, surveyOf } from '../../support/a-survey.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { claim, deployment, item, namespaced } from '../velero/items.ts';

const velero = { namespace: 'velero', backup: 'nightly' } as NonNullable<Plan['velero']>;
const volumes = { tier: 'storage', name: 'volumes', driver: 'velero', spec: {} } as const;
const orders = namespaced('clusters.postgresql.cnpg.io', 'Cluster', 'shop', 'orders', {
  apiVersion: 'postgresql.cnpg.io/v1',
});
const ownedClaim = {
  ...claim('shop', 'orders-1'),
  controller: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' },
};
const things = 'things.example.org';
const definition = item('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition', things);

function needsOf(act: ActName, plan: Partial<Plan>, taken: readonly BackupItem[] = [], more: Partial<ActInput> = {}) {
  const whole = planOf(['shop'], [volumes], { velero, ...plan });
  const all = actNeeds({ plan: whole, taken, brought: [], plurals: new Map(), ...more });
  return all.filter((need) => need.act === act);
}
const text = ({ verb, group, resource, namespace }: ActNeed): string =>
  `${verb} ${resource}${group ? `.${group}` : ''} ${namespace ?? '*'}`;

describe('what an act takes that not every run comes to', () => {
  it('is nothing vital of what a person may decide later', () => {
    const stop = needsOf('stop', {});

    expect(stop.map(text)).toEqual([
      'list restores.velero.io velero',
      'delete restores.velero.io velero',
      'list datadownloads.velero.io velero',
      'patch datadownloads.velero.io velero',
      'list podvolumerestores.velero.io velero',
      'patch podvolumerestores.velero.io velero',
    ]);
    expect([...stop, ...needsOf('setAside', {}, [ownedClaim])].some(({ vital }) => vital)).toBe(false);
  });

  it('sets claims aside with what owns them, the operator’s own kind with them, and copies all', () => {
    const set = needsOf('setAside', {}, [ownedClaim, orders]).map(text);

    expect(set).toEqual(
      expect.arrayContaining([
        'create secrets rekindle-system',
        'patch persistentvolumes *',
        'delete persistentvolumeclaims shop',
        'delete statefulsets.apps shop',
        'delete clusters.postgresql.cnpg.io shop',
      ]),
    );
    expect(needsOf('setAside', {}, [deployment('shop', 'web')])).toEqual([]);
  });

  it('is the clean-up of a drill alone, all of it vital: what it restores goes, and every kind is listed', () => {
    const served: readonly ApiResource[] = [
      ...['Widget', 'Event'].map((kind) => ({ apiVersion: 'example.com/v1', kind, plural: `${kind.toLowerCase()}s` })),
      { apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshotContent', plural: 'volumesnapshotcontents' },
    ].map((kind) => ({ ...kind, namespaced: true, hasStatus: false }));
    const object = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'all', namespace: 'shop' } };
    const drill = { drillOf: 'live' };
    const needs = needsOf('cleanUp', drill, [ownedClaim, orders, definition], {
      served,
      brought: [{ place: placeOf('files', 'namespaces'), objects: [object] }],
      plurals: new Map([['v1 LimitRange', 'limitranges']]),
    });

    expect(needs.every(({ vital }) => vital)).toBe(true);
    expect(needs.map(text)).toEqual(
      expect.arrayContaining([
        'delete namespaces *',
        'patch volumesnapshotcontents.snapshot.storage.k8s.io *',
        'delete persistentvolumeclaims shop',
        'delete clusters.postgresql.cnpg.io shop',
        'delete limitranges shop',
        'list widgets.example.com *',
        'list things.example.org *',
        'delete restores.velero.io velero',
      ]),
    );
    expect(needs.map(text)).not.toContain('list events.example.com *');
    expect([needsOf('stop', drill), needsOf('setAside', drill, [ownedClaim])]).toEqual([[], []]);
    expect(needsOf('cleanUp', {}, [ownedClaim])).toEqual([]);
  });
});

describe('what a look ahead says of rights that an act lacks', () => {
  const said = (denied: readonly ActNeed[], byPerson = false) =>
    permissions.judge(surveyOf([], { denied }, { byPerson })).map(({ severity, message }) => `${severity}: ${message}`);
  const quiesced = { kind: 'CronJob', namespaces: ['shop'], optional: false } as const;

  it('holds a drill that could not be cleaned up, and names the file', () => {
    const [lacking] = needsOf('cleanUp', { drillOf: 'live' });
    const denied = lacking ? [lacking] : [];

    expect(said(denied)).toEqual([
      "block: this login may not do what the clean-up of a drill needs, and a drill that could not be cleaned up does not begin: list namespaces in the whole cluster; apply deploy/worker-rbac-drill.yaml in the drill's cluster, and in no other",
    ]);
    expect(said(denied, true)[0]).toMatch(
      /^warn: your login .* the worker's login, which was not asked: .*drill\.yaml/,
    );
  });

  it('holds a run that cannot stop what its plan quiesces', () => {
    const denied = needsOf('quiesce', { quiesce: [quiesced] }).filter(({ verb }) => verb === 'patch');

    expect(said(denied)[0]).toMatch(
      /^block: this login may not do what quiesce needs: patch cronjobs\.batch .*optional/,
    );
    const optional = needsOf('quiesce', { quiesce: [{ ...quiesced, optional: true }] });
    expect(said(optional.filter(({ resource }) => resource === 'cronjobs'))[0]).toMatch(/^warn: .* what quiesce needs/);
  });

  it('remarks on what a person could not decide later, each decision by itself', () => {
    const denied = [...needsOf('stop', {}), ...needsOf('setAside', {}, [ownedClaim])].filter(
      ({ verb }) => verb === 'delete',
    );

    expect(said(denied)).toEqual([
      'info: this login may not do what stopping the engines of an aborted or failed run would need: delete restores.velero.io in namespace velero; the run goes on without, and is refused there; deploy/worker-rbac-optional.yaml has the rules',
      expect.stringMatching(/^info: .*"mode": "setAside" would need: delete persistentvolumeclaims in namespace shop/),
    ]);
  });
});

it('asks once for the list of everything, and then for no kind', async () => {
  const plan = planOf(['shop'], [], { drillOf: 'live' });
  const looked = async (forbiddenAccess: readonly string[]) => {
    const kube = fakeKube({
      forbiddenAccess: ['* *', ...forbiddenAccess],
      objects: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one', namespace: 'elsewhere' } }],
    });
    const firstWriteAt = now.toISOString();
    const { findings } = await lookAhead({
      ...{ kube, plan, recovery: 'r', byPerson: false, checkNeeds: [], resumed: false, firstWriteAt },
      ...{ intoLiveSite: false, disasterAt: now, now, signal: AbortSignal.timeout(10_000) },
      inventory: () => Promise.resolve({ items: [] }),
      contextOf: () => contextOf({ kube, plan, step: 'none', recovery: 'r', firstWriteAt }),
    });
    const denied = findings.filter(({ reason }) => reason === 'PermissionDenied').map(({ message }) => message);
    return { denied: denied.join(), lists: kube.requests.filter((request) => request.startsWith('may list')) };
  };

  expect(await looked([])).toEqual({ denied: '', lists: ['may list *'] });
  const narrow = await looked(['list *', 'list secrets']);
  expect(narrow.lists).toContain('may list secrets');
  expect(narrow.denied).toContain('list secrets in the whole cluster');
});
