import type { KubeObject } from '../kube/types.ts';
import { progressing, type Verdict } from '../model/verdict.ts';
import { byReady } from './by-status.ts';
import { numberAt, textAt } from './read.ts';

/**
 * Progressing when what was synchronised last is of another generation. The number is the first part of
 * `syncedResourceVersion`; nobody follows it where nothing is to be refreshed. Source: external-secrets 2.9,
 * pkg/controllers/util/util.go GetResourceVersion; pkg/controllers/externalsecret/externalsecret_controller.go shouldRefresh.
 */
export function notSyncedYet(object: KubeObject): Verdict | undefined {
  const once = textAt(object, 'spec', 'refreshPolicy') === 'CreatedOnce';
  const never = /^0+[a-z]*$/u.test(textAt(object, 'spec', 'refreshInterval') ?? '');
  const synced = /^(\d{1,15})-/u.exec(textAt(object, 'status', 'syncedResourceVersion') ?? '')?.[1];
  const generation = numberAt(object, 'metadata', 'generation');
  if (once || never || synced === undefined || generation === undefined || Number(synced) === generation)
    return undefined;
  return progressing('StaleGeneration', `generation ${synced} was synchronised, the object is at ${generation}`);
}

/** The verdict on a SecretStore or a ClusterSecretStore. `ValidationUnknown` is Ready, but nobody has reached the store yet. Source: external-secrets 2.9, pkg/controllers/secretstore/common.go validateStore. */
export function secretStoreVerdict(object: KubeObject): Verdict {
  const ready = byReady(object, { writer: 'external-secrets' });
  if (ready.reason === 'ValidationUnknown')
    return progressing(ready.reason, `could not be validated yet (${ready.message})`);
  return ready;
}
