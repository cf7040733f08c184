import { describe, expect, it } from 'vitest';
import { placeFacts } from '../../../src/velero/places.ts';
import { mappedImage, modifierRules, modifiersText } from '../../../src/velero/modifiers.ts';
import { VeleroSpec } from '../../../src/velero/spec.ts';
import { deployment, namespaced } from './items.ts';

const image = (path: string, value: string) => ({ imagePlaces: [{ path, value }] });
const template = '/spec/template/spec/containers/0/image';

describe('rules for mappings', () => {
  it('replace a class in claims, volumes and the templates that name it', () => {
    const set = namespaced('statefulsets.apps', 'StatefulSet', 'shop', 'db', {
      classPlaces: [{ path: '/spec/volumeClaimTemplates/1/spec/storageClassName', value: 'fast' }],
    });
    const rules = modifierRules({ storageClassMapping: { fast: 'standard' } }, [set]);

    expect(rules.map(({ conditions }) => conditions)).toEqual([
      { groupResource: 'persistentvolumeclaims', matches: [{ path: '/spec/storageClassName', value: '"fast"' }] },
      { groupResource: 'persistentvolumes', matches: [{ path: '/spec/storageClassName', value: '"fast"' }] },
      {
        groupResource: 'statefulsets.apps',
        matches: [{ path: '/spec/volumeClaimTemplates/1/spec/storageClassName', value: '"fast"' }],
      },
    ]);
    expect(rules[2]?.['patches']).toEqual([
      { operation: 'replace', path: '/spec/volumeClaimTemplates/1/spec/storageClassName', value: '"standard"' },
    ]);
  });

  it('are one for all objects with the same image in the same place', () => {
    const wanted = [
      deployment('shop', 'a', image(template, 'old.example/a:1')),
      deployment('shop', 'b', image(template, 'old.example/a:1')),
      deployment('shop', 'c', image(template, 'other.example/c:1')),
    ];
    expect(modifierRules({ imageMapping: { 'old.example/': 'new.example/' } }, wanted)).toEqual([
      {
        conditions: { groupResource: 'deployments.apps', matches: [{ path: template, value: '"old.example/a:1"' }] },
        patches: [{ operation: 'replace', path: template, value: '"new.example/a:1"' }],
      },
    ]);
  });

  it("look for a Pod's init containers where Velero's own have moved them", () => {
    const pod = namespaced('pods', 'Pod', 'shop', 'web', image('/spec/initContainers/0/image', 'old/a'));
    const rules = modifierRules({ imageMapping: { old: 'new' } }, [pod]);
    expect(rules.map(({ patches }) => patches)).toEqual(
      [0, 1, 2].map((index) => [
        { operation: 'replace', path: `/spec/initContainers/${index}/image`, value: '"new/a"' },
      ]),
    );
  });

  it("end with the plan's own, their data as the text that Velero reads", () => {
    const spec = VeleroSpec.parse({
      resourceModifiers: [
        { conditions: { groupResource: 'configmaps' }, mergePatches: [{ patchData: { data: { mode: 'dr' } } }] },
      ],
    });
    const rules = modifierRules(spec, []);
    expect(rules).toEqual([
      { conditions: { groupResource: 'configmaps' }, mergePatches: [{ patchData: '{"data":{"mode":"dr"}}' }] },
    ]);
    expect(JSON.parse(modifiersText(rules))).toEqual({ version: 'v1', resourceModifierRules: rules });
  });

  it('are refused where a ConfigMap cannot hold them', () => {
    expect(() => modifiersText([{ long: 'x'.repeat(1_100_000) }])).toThrow(/split the step/);
  });
});

describe('an image', () => {
  const mapping = { 'old/': 'new/', 'old/shop/': 'shop/', web: 'web' };
  it.each([
    ['old/a:1', 'new/a:1'],
    ['old/shop/a:1', 'shop/a:1'],
    ['else/old/a', undefined],
  ])('%s becomes %s: the longest beginning counts', (from, to) => {
    expect(mappedImage(mapping, from)).toBe(to);
  });
});

describe('places of images and classes', () => {
  it('are found in what makes pods, in no other kind', () => {
    const podSpec = { containers: [{ image: 'a' }, {}], initContainers: [{ image: 'b' }] };
    const cron = { jobTemplate: { spec: { template: { spec: podSpec } } } };
    const at = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'x' } };
    const prefix = '/spec/jobTemplate/spec/template/spec';
    expect(placeFacts({ ...at, spec: cron })).toEqual({
      imagePlaces: [
        { path: `${prefix}/containers/0/image`, value: 'a' },
        { path: `${prefix}/initContainers/0/image`, value: 'b' },
      ],
    });
    expect(placeFacts({ ...at, apiVersion: 'example.io/v1', spec: cron })).toEqual({});
  });

  it('are those of claim templates', () => {
    const spec = { volumeClaimTemplates: [{ spec: {} }, { spec: { storageClassName: 'fast' } }] };
    expect(placeFacts({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec })).toEqual({
      classPlaces: [{ path: '/spec/volumeClaimTemplates/1/spec/storageClassName', value: 'fast' }],
    });
  });
});
