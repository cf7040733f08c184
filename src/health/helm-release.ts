import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { textAt } from './read.ts';

/** Helm's own budget for an operation is 5 min unless told otherwise: what is pending for longer was left behind, by a backup taken in the middle of it. */
const pendingMs = 15 * 60_000;

/** Whether a Secret is Helm's record of one revision of a release. */
export function isHelmRecord(secret: KubeObject): boolean {
  return textAt(secret, 'type') === 'helm.sh/release.v1' && secret.metadata.labels?.['owner'] === 'helm';
}

/**
 * The verdict on a revision, by the labels of its Secret alone: what is in it is never read. Only the newest revision
 * counts; one that failed stays failed after a later one went well. Nobody ends what Helm left pending: Helm itself
 * refuses to touch such a release. Source: Helm 3.19, pkg/storage/driver/secrets.go newSecretsObject; pkg/release/status.go.
 */
export function helmVerdict(secret: KubeObject, related: Related, now: Date): Verdict {
  const status = secret.metadata.labels?.['status'] ?? '';
  const what = `release ${nameOf(secret)} revision ${revisionOf(secret)}`;
  if (status === 'deployed') return healthy('HelmDeployed', `${what} is deployed`);
  if (status === 'superseded') return healthy('HelmSuperseded', `${what} is an older one`);
  if (status === 'uninstalled') return healthy('HelmUninstalled', `${what} is the record of an uninstalled release`);
  const newest = newestOf(secret, related);
  if (newest > revisionOf(secret))
    return healthy('HelmFormerRevision', `${what} was ${status}; revision ${newest} is the newest`);
  if (status === 'failed') return degraded('HelmFailed', `${what} failed`);
  if (!/^(?:pending-(?:install|upgrade|rollback)|uninstalling)$/u.test(status))
    return unknown('UnknownHelmStatus', `${what} is ${status === '' ? 'without a status' : status}`);
  const changed =
    Number(secret.metadata.labels?.['modifiedAt'] ?? secret.metadata.labels?.['createdAt'] ?? Number.NaN) * 1000;
  if (now.getTime() - changed <= pendingMs) return progressing('HelmPending', `${what} is ${status}`);
  return degraded(
    'HelmLeftPending',
    `${what} is ${status} and nobody works on it: Helm refuses to change it until it is rolled back`,
  );
}

function newestOf(secret: KubeObject, related: Related): number {
  const others = related.of('Secret', secret.metadata.namespace).filter(isHelmRecord);
  return Math.max(revisionOf(secret), ...others.filter((other) => nameOf(other) === nameOf(secret)).map(revisionOf));
}

const nameOf = (secret: KubeObject): string => secret.metadata.labels?.['name'] ?? '?';

const revisionOf = (secret: KubeObject): number => Number(secret.metadata.labels?.['version'] ?? 0) || 0;
