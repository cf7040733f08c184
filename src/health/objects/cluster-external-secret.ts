import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { after, conditionOf, listAt, textAt, textsAt } from '../read.ts';

/**
 * Its ExternalSecrets are made in every namespace; how they are is their own verdict. Older versions told trouble by the
 * conditions PartiallyReady and NotReady. Source: external-secrets 2.9 and 0.8, apis/externalsecrets clusterexternalsecret_types.go.
 */
export const clusterExternalSecret: KindRule = {
  group: 'external-secrets.io',
  kind: 'ClusterExternalSecret',
  assess(object) {
    const [failed] = listAt(object, 'status', 'failedNamespaces');
    if (failed !== undefined)
      return degraded(
        'FailedNamespaces',
        `fails in namespace ${textAt(failed, 'namespace') ?? '?'}${after(textAt(failed, 'reason'))}`,
      );
    for (const type of ['NotReady', 'PartiallyReady']) {
      const trouble = conditionOf(object, type);
      if (trouble?.status === 'True') return degraded(type, `${type}${after(trouble.message)}`);
    }
    const ready = byReady(object, { writer: 'external-secrets' });
    if (ready.verdict !== 'Healthy') return ready;
    return { ...ready, message: `made in ${textsAt(object, 'status', 'provisionedNamespaces').length} namespaces` };
  },
};
