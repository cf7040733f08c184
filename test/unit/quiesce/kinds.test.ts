import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { quiesceKindNames, type QuiesceKindName } from '../../../src/model/quiesce.ts';
import { quiesceKindOf, quiesceKinds } from '../../../src/quiesce/registry.ts';
import { fakeKube } from '../../support/fake-kube.ts';

/** One fixture: the spec before, while stopped, and what was noted of it. */
interface Fixture {
  readonly kind: QuiesceKindName;
  readonly says: string;
  readonly spec: JsonObject;
  readonly stopped: JsonObject;
  readonly before: JsonObject;
}

const fixtures: readonly Fixture[] = [
  {
    kind: 'Schedule',
    says: 'that was never paused',
    spec: { schedule: '0 1 * * *', template: {} },
    stopped: { schedule: '0 1 * * *', template: {}, paused: true },
    before: { paused: null },
  },
  {
    kind: 'CronJob',
    says: 'that says suspend: false',
    spec: { schedule: '0 1 * * *', suspend: false },
    stopped: { schedule: '0 1 * * *', suspend: true },
    before: { suspend: false },
  },
  {
    kind: 'Kustomization',
    says: 'with its interval',
    spec: { interval: '10m', prune: true },
    stopped: { interval: '10m', prune: true, suspend: true },
    before: { suspend: null },
  },
  {
    kind: 'HelmRelease',
    says: 'that says suspend: false',
    spec: { interval: '10m', suspend: false },
    stopped: { interval: '10m', suspend: true },
    before: { suspend: false },
  },
  {
    kind: 'ScheduledBackup',
    says: 'with its cluster',
    spec: { schedule: '0 0 0 * * *', cluster: { name: 'orders' } },
    stopped: { schedule: '0 0 0 * * *', cluster: { name: 'orders' }, suspend: true },
    before: { suspend: null },
  },
  {
    kind: 'RecurringJob',
    says: 'with groups',
    spec: { cron: '0 2 * * *', task: 'backup', groups: ['default'], retain: 7 },
    stopped: { cron: '0 0 31 2 *', task: 'backup', groups: ['default'], retain: 7 },
    before: { cron: '0 2 * * *' },
  },
  {
    kind: 'Application',
    says: 'with selfHeal and prune, its syncOptions kept',
    spec: { project: 'shop', syncPolicy: { automated: { selfHeal: true, prune: true }, syncOptions: ['A=true'] } },
    stopped: { project: 'shop', syncPolicy: { syncOptions: ['A=true'] } },
    before: { automated: { selfHeal: true, prune: true } },
  },
  {
    kind: 'HorizontalPodAutoscaler',
    says: 'without a behavior',
    spec: { minReplicas: 2, maxReplicas: 9 },
    stopped: {
      minReplicas: 2,
      maxReplicas: 9,
      behavior: { scaleUp: { selectPolicy: 'Disabled' }, scaleDown: { selectPolicy: 'Disabled' } },
    },
    before: { behavior: false, scaleUp: null, scaleDown: null },
  },
  {
    kind: 'HorizontalPodAutoscaler',
    says: 'that never scales down, its windows kept',
    spec: {
      maxReplicas: 9,
      behavior: {
        scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 60 },
        scaleDown: { selectPolicy: 'Disabled' },
      },
    },
    stopped: {
      maxReplicas: 9,
      behavior: {
        scaleUp: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 60 },
        scaleDown: { selectPolicy: 'Disabled' },
      },
    },
    before: { behavior: true, scaleUp: 'Min', scaleDown: 'Disabled' },
  },
  {
    kind: 'Deployment',
    says: 'of three replicas',
    spec: { replicas: 3, paused: false },
    stopped: { replicas: 0, paused: false },
    before: { replicas: 3 },
  },
  {
    kind: 'StatefulSet',
    says: 'that leaves its replicas out',
    spec: { serviceName: 'db' },
    stopped: { serviceName: 'db', replicas: 0 },
    before: { replicas: null },
  },
];

function objectOf({ kind, spec }: Pick<Fixture, 'kind' | 'spec'>): KubeObject {
  return { apiVersion: quiesceKinds[kind].apiVersion, kind, metadata: { namespace: 'shop', name: 'x' }, spec };
}

/** As an API server would take a merge patch. */
async function patched(object: KubeObject, patch: JsonObject): Promise<KubeObject> {
  const kube = fakeKube({ objects: [object] });
  const { apiVersion, kind } = object;
  return kube.patch({ apiVersion, kind, namespace: 'shop', name: 'x' }, 'merge', patch);
}

describe('a kind that can be stopped', () => {
  it.each(fixtures)('stops a $kind $says and puts it back', async (fixture) => {
    const kind = quiesceKinds[fixture.kind];
    const object = objectOf(fixture);
    const before = kind.beforeOf(object);

    const stopped = await patched(object, kind.patchFor(object));
    const back = await patched(stopped, kind.patchBack(stopped, before));

    expect(before).toEqual(fixture.before);
    expect(kind.quiesced(object)).toBe(false);
    expect(stopped['spec']).toEqual(fixture.stopped);
    expect(kind.quiesced(stopped)).toBe(true);
    expect(back['spec']).toEqual(fixture.spec);
  });

  it.each(quiesceKindNames)('%s has a fixture, and is found by its group', (kind) => {
    expect(fixtures.map((fixture) => fixture.kind)).toContain(kind);
    expect(quiesceKinds[kind].kind).toBe(kind);
    expect(quiesceKindOf({ apiVersion: quiesceKinds[kind].apiVersion, kind })).toBe(quiesceKinds[kind]);
    expect(quiesceKindOf({ apiVersion: 'other.example/v1', kind })).toBeUndefined();
  });

  it('knows an Application whose automated sync is switched off as stopped', () => {
    const spec = { syncPolicy: { automated: { enabled: false } } };

    expect(quiesceKinds.Application.quiesced(objectOf({ kind: 'Application', spec }))).toBe(true);
  });

  it('refuses a StatefulSet that would delete its claims', () => {
    const spec = { replicas: 2, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } };

    expect(quiesceKinds.StatefulSet.refuses?.(objectOf({ kind: 'StatefulSet', spec }))).toContain('deletes its claims');
    expect(quiesceKinds.StatefulSet.refuses?.(objectOf({ kind: 'StatefulSet', spec: {} }))).toBeUndefined();
  });

  it('refuses an autoscaler of a version without a behavior', () => {
    const object = { ...objectOf({ kind: 'HorizontalPodAutoscaler', spec: {} }), apiVersion: 'autoscaling/v1' };

    expect(quiesceKinds.HorizontalPodAutoscaler.refuses?.(object)).toContain('autoscaling/v1');
  });
});
