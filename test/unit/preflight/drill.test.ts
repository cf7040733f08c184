import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { families } from '../../../src/preflight/registry.ts';
import type { Survey } from '../../../src/preflight/survey.ts';
import { type LiveOf, surveyOf } from '../../support/a-survey.ts';

const shop = (kind: string, name: string, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}) },
});

/** A look at a drill's cluster. */
const seen = (live: LiveOf, more: Partial<Survey> = {}): string[] => {
  const survey = surveyOf([], live, more);
  const drill = { ...survey, plan: { ...survey.plan, namespaces: ['shop'], drillOf: 'live' } };
  return families
    .flatMap((family) => family.judge(drill))
    .map(({ severity, reason, message }) => `${severity} ${reason}: ${message}`);
};

describe('a look at the cluster of a drill', () => {
  it('wants its storage location read-only, and says how', () => {
    expect(seen({})).toEqual([]);
    const [finding] = seen({ velero: { location: { name: 'default', readOnly: false } } });

    expect(finding).toMatch(
      /^block LocationWritable: BackupStorageLocation velero\/default of the drill's cluster may be written/,
    );
    expect(finding).toContain('accessMode":"ReadOnly"');
  });

  it('does not go beside a site that is there, whatever the request says', () => {
    const siteObjects = [shop('Deployment', 'web', 'shop')];

    expect(seen({ siteObjects }, { intoLiveSite: true })[0]).toMatch(
      /^block LiveSite: .*a drill needs its place empty/,
    );
  });

  it('says what the clean-up will not do in a namespace that was there before', () => {
    expect(seen({ namespaces: [shop('Namespace', 'shop'), shop('Namespace', 'other')] })).toEqual([
      expect.stringMatching(/^warn NamespaceExisted: shop in cluster \S+ were there before the drill/),
    ]);
  });
});
