import { describe, expect, it } from 'vitest';
import { fullName, namesKind } from '../../../src/velero/kinds.ts';

const deployments = { resource: 'deployments.apps', kind: 'Deployment' };
const clusters = { resource: 'clusters.postgresql.cnpg.io', kind: 'Cluster' };

describe('names of kinds', () => {
  it.each([
    ['deployments', 'deployments.apps'],
    ['Deployment', 'deployments.apps'],
    ['deploy', 'deployments.apps'],
    ['deployments.apps', 'deployments.apps'],
    ['ingresses', 'ingresses.networking.k8s.io'],
    ['ingress', 'ingresses.networking.k8s.io'],
    ['IngressClass', 'ingressclasses.networking.k8s.io'],
    ['NetworkPolicy', 'networkpolicies.networking.k8s.io'],
    ['PriorityClass', 'priorityclasses.scheduling.k8s.io'],
    ['pvc', 'persistentvolumeclaims'],
    ['endpoints', 'endpoints'],
    ['clusters.postgresql.cnpg.io', 'clusters.postgresql.cnpg.io'],
    ['clusters', 'clusters'],
  ])('writes %s in full as %s', (written, full) => {
    expect(fullName(written)).toBe(full);
  });

  it.each(['deployments', 'Deployment', 'deployment.apps', 'deployments.app', 'deploy', '*.apps', 'deployments*', '*'])(
    'takes %s for Deployments',
    (written) => {
      expect(namesKind(written, deployments)).toBe(true);
    },
  );

  it.each(['clusters', 'Cluster', 'clusters.postgresql', 'clusters.postgresql.cnpg.io', '*.cnpg.io'])(
    'takes %s for the Clusters of CloudNativePG',
    (written) => {
      expect(namesKind(written, clusters)).toBe(true);
    },
  );

  it.each(['cluster.cluster.x-k8s.io', 'pods', 'clust', '*.apps'])('does not take %s for them', (written) => {
    expect(namesKind(written, clusters)).toBe(false);
  });

  it('means the built-in kind by a bare name, never another group that serves the same plural', () => {
    expect(namesKind('services', { resource: 'services.serving.knative.dev', kind: 'Service' })).toBe(false);
    expect(namesKind('services', { resource: 'services', kind: 'Service' })).toBe(true);
    expect(namesKind('events', { resource: 'events.events.k8s.io', kind: 'Event' })).toBe(false);
  });
});
