import { describe, expect, it } from 'vitest';
import type { TierName } from '../../../src/model/tiers.ts';
import { refuses, VeleroSpec } from '../../../src/velero/spec.ts';

const selector = { matchLabels: { app: 'web' } };

describe('the spec of a velero step', () => {
  it.each<[TierName, VeleroSpec, RegExp]>([
    ['databases', {}, /needs a filter.*name includedResources, or a labelSelector/],
    ['applications', { excludedResources: ['secrets'] }, /needs a filter/],
    ['ingress', { includedResources: ['*'] }, /would restore everything/],
    ['operators', {}, /name the includedNamespaces of the operators/],
    ['applications', { labelSelector: selector, orLabelSelectors: [selector] }, /exclude each other/],
    ['applications', { includedResources: ['events'] }, /events is never restored/],
    ['databases', { includedResources: ['backups.postgresql.cnpg.io'] }, /would run the backup again/],
    [
      'applications',
      { includedResources: ['deploy'], excludedResources: ['deployments.apps'] },
      /in includedResources and in excludedResources/,
    ],
    ['crds', { includedResources: ['validatingwebhookconfigurations'] }, /may not come before the workload/],
    ['crds', { includeClusterResources: false }, /restores no CustomResourceDefinition/],
    ['storage', { namespaceMapping: { a: 'a' } }, /sends a to itself/],
    [
      'databases',
      { includedResources: ['deployments.apps'], hooks: [{ name: 'h', postHooks: [] }] },
      /hooks run in pods that this step restores, and it restores none: set includeOwnedPods/,
    ],
  ])('is refused in tier %s: %o', (tier, spec, sentence) => {
    expect(refuses(tier, spec)).toMatch(sentence);
  });

  it.each<[TierName, VeleroSpec]>([
    ['namespaces', {}],
    ['crds', {}],
    ['storage', {}],
    ['operators', { includedNamespaces: ['cnpg-system'] }],
    ['operators', { includedResources: ['deployments.apps', 'validatingwebhookconfigurations'] }],
    ['databases', { includedResources: ['clusters.postgresql.cnpg.io'] }],
    ['applications', { labelSelector: selector }],
  ])('is fine in tier %s: %o', (tier, spec) => {
    expect(refuses(tier, spec)).toBeUndefined();
  });

  it.each([
    [{ includedResource: ['pods'] }],
    [{ includedResources: [] }],
    [{ includedResources: ['no such kind'] }],
    [{ includedNamespaces: ['Shop'] }],
    [{ labelSelector: {} }],
    [{ itemOperationTimeout: 'long' }],
    [{ existingResourcePolicy: 'update' }],
    [{ namespaceMapping: { shop: 'Shop' } }],
    [{ imageMapping: { 'a b': 'c' } }],
    [{ acceptErrors: [{ matches: 'error', reason: 'too short' }] }],
    [{ acceptErrors: [{ matches: 'a long enough text' }] }],
    [{ restoreStatus: {} }],
    [{ hooks: [{ name: 'h', postHooks: [{}] }] }],
    [{ hooks: [{ name: 'h', postHooks: [{ exec: { command: 'ls' } }] }] }],
    [{ hooks: [{ name: 'h', postHooks: [{ exec: { command: ['ls'], onError: 'Ignore' } }] }] }],
    [{ hooks: [{ name: 'h', postHooks: [{ init: { initContainers: [{ name: 'a', image: 'b' }] } }] }] }],
    [{ resourceModifiers: [{ conditions: { groupResource: 'pods' } }] }],
    [{ resourceModifiers: [{ conditions: {}, patches: [{ operation: 'remove', path: '/spec' }] }] }],
    [
      {
        resourceModifiers: [{ conditions: { groupResource: 'pods' }, patches: [{ operation: 'set', path: '/spec' }] }],
      },
    ],
    [
      {
        resourceModifiers: [
          { conditions: { groupResource: 'pods' }, patches: [{ operation: 'replace', path: '/metadata/name' }] },
        ],
      },
    ],
    [
      {
        resourceModifiers: [
          { conditions: { groupResource: 'pods' }, mergePatches: [{ patchData: { metadata: { namespace: 'x' } } }] },
        ],
      },
    ],
  ])('does not parse %o', (spec) => {
    expect(VeleroSpec.safeParse(spec).success).toBe(false);
  });
});
