import { expect, it } from 'vitest';
import { lookAhead } from '../../../src/preflight/look-ahead.ts';
import { now, pinned } from '../../support/a-survey.ts';
import { contextOf, planOf } from '../../support/driver-context.ts';
import { fakeKube } from '../../support/fake-kube.ts';
import { deployment, namespaced } from '../velero/items.ts';

const step = { tier: 'applications', name: 'web', driver: 'velero', spec: {} } as const;
const plan = planOf(['shop'], [step]);
const items = [deployment('shop', 'web'), namespaced('secrets', 'Secret', 'kube-system', 'token')];

it('surveys what it may read, and names the rest of the Backup', async () => {
  const inVelero = { namespace: pinned.namespace };
  const kube = fakeKube({
    forbiddenKinds: ['Secret'],
    objects: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { ...inVelero, name: 'velero' },
        status: { availableReplicas: 1 },
      },
      {
        apiVersion: 'velero.io/v1',
        kind: 'BackupStorageLocation',
        metadata: { ...inVelero, name: 'default' },
        status: { phase: 'Available' },
      },
    ],
  });
  const firstWriteAt = now.toISOString();
  const inventory = () => Promise.resolve({ items });
  const { signal } = new AbortController();
  const { findings, objects } = await lookAhead({
    kube,
    plan,
    backup: pinned,
    inventory,
    contextOf: () => ({
      ...contextOf({ kube, plan, step: 'web', recovery: 'r', firstWriteAt, backup: pinned }),
      inventory,
    }),
    recovery: 'r',
    byPerson: false,
    checkNeeds: [],
    resumed: false,
    firstWriteAt,
    intoLiveSite: false,
    disasterAt: now,
    now,
    signal,
  });

  expect(findings.map(({ reason }) => reason)).not.toContain('PermissionDenied');
  expect(findings.find(({ reason }) => reason === 'NotLookedAt')?.message).toContain(
    'Secret objects in namespace kube-system',
  );
  expect(objects.map(({ item, fate }) => [item.name, fate])).toEqual([
    ['web', 'restored'],
    ['token', 'leftOver'],
  ]);
});
