import type { KubeObject } from '../../kube/types.ts';
import { degraded, progressing, suspended, unknown, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byWord } from '../by-status.ts';
import { after, dateAt, fieldsAt, hasStatusContent, listAt, textAt, valueAt } from '../read.ts';

/**
 * Synced and healthy by Argo CD, in a status that is of this object and this source: it has no observedGeneration and no
 * status subresource, so that a copy of it brings its old status along. Argo's Degraded is never terminal here: by its
 * rules a database that starts, a certificate to come and a Ceph that mends itself are Degraded too. Source: Argo CD 3.6,
 * pkg/apis/application/v1alpha1/types.go ApplicationStatus, OperationState; gitops-engine/pkg/health/health.go.
 */
export const argoApplication: KindRule = {
  group: 'argoproj.io',
  kind: 'Application',
  aside: (object) =>
    object.metadata.annotations?.['argocd.argoproj.io/skip-reconcile'] === 'true'
      ? suspended('SkipReconcile', 'Argo CD leaves it alone: annotation argocd.argoproj.io/skip-reconcile')
      : undefined,
  assess(object) {
    if (!hasStatusContent(object)) return progressing('NoStatus', 'Argo CD has not looked at it yet');
    return ofFormerLife(object) ?? operating(object) ?? failing(object) ?? syncing(object) ?? health(object);
  },
};

function ofFormerLife(object: KubeObject): Verdict | undefined {
  const [reconciled, created] = [
    dateAt(object, 'status', 'reconciledAt'),
    dateAt(object, 'metadata', 'creationTimestamp'),
  ];
  if (reconciled !== undefined && created !== undefined && reconciled < created)
    return progressing(
      'OldStatus',
      'its status is older than itself: Argo CD has not looked at it since it was restored',
    );
  const compared = fieldsAt(object, 'status', 'sync', 'comparedTo');
  const [wanted, seen] = [sourcesOf(fieldsAt(object, 'spec')), sourcesOf(compared)];
  if (seen !== '' && wanted !== seen)
    return progressing('StaleComparison', `was compared to ${seen}, shall be ${wanted}`);
  return undefined;
}

/** What an application is made of, as one text: `https://git.example/shop charts main`; without a login that stands in the address. */
function sourcesOf(holder: unknown): string {
  const single = valueAt(holder, 'source');
  const many = listAt(holder, 'sources');
  const text = (source: unknown): string =>
    ['repoURL', 'path', 'chart', 'targetRevision']
      .flatMap((field) => textAt(source, field)?.replace(/\/\/[^/@\s]*@/u, '//') ?? [])
      .join(' ');
  return (many.length > 0 ? many : [single]).map(text).join(' and ');
}

function operating(object: KubeObject): Verdict | undefined {
  if (valueAt(object, 'operation') !== undefined)
    return progressing('OperationAsked', 'an operation on it was asked for and has not begun');
  const phase = textAt(object, 'status', 'operationState', 'phase');
  if (phase === undefined || ['Succeeded', 'Failed', 'Error'].includes(phase)) return undefined;
  return progressing(
    'Operating',
    `its operation is ${phase}${after(textAt(object, 'status', 'operationState', 'message'))}`,
  );
}

/** Argo's conditions carry no status: they are there or they are not. */
function failing(object: KubeObject): Verdict | undefined {
  const errors = ['InvalidSpecError', 'ComparisonError', 'SyncError', 'DeletionError', 'UnknownError'];
  const found = listAt(object, 'status', 'conditions').find((entry) => errors.includes(textAt(entry, 'type') ?? ''));
  return found === undefined
    ? undefined
    : degraded(textAt(found, 'type') ?? 'Error', `${textAt(found, 'type') ?? ''}${after(textAt(found, 'message'))}`);
}

function syncing(object: KubeObject): Verdict | undefined {
  const status = textAt(object, 'status', 'sync', 'status');
  if (status === 'Synced') return undefined;
  if (status !== 'OutOfSync')
    return progressing('SyncNotKnown', `sync is ${status ?? 'not known yet'}, expected Synced`);
  const operation = textAt(object, 'status', 'operationState', 'phase');
  if (operation === 'Failed' || operation === 'Error')
    return degraded(
      'SyncFailed',
      `its last sync failed${after(textAt(object, 'status', 'operationState', 'message'))}`,
    );
  const off = automatedSyncOff(object);
  if (off === undefined) return progressing('OutOfSync', 'the cluster is not what its source says');
  // An accept line for what nobody syncs must not let pass what is not well besides.
  if (['Progressing', 'Degraded'].includes(textAt(object, 'status', 'health', 'status') ?? '')) return undefined;
  return off;
}

/** Where nobody syncs it, waiting is no use: a person syncs it by hand, or accepts it as it is. */
function automatedSyncOff(object: KubeObject): Verdict | undefined {
  const automated = valueAt(object, 'spec', 'syncPolicy', 'automated');
  const cure = 'sync it by hand, or take it on with an accept line';
  if (automated === undefined || automated === null)
    return suspended('NoAutoSync', `is out of sync and has no automated sync: ${cure}`);
  if (valueAt(automated, 'enabled') === false)
    return suspended('AutoSyncOff', `is out of sync, and its automated sync was switched off: ${cure}`);
  return undefined;
}

function health(object: KubeObject): Verdict {
  const status = textAt(object, 'status', 'health', 'status');
  const why = textAt(object, 'status', 'health', 'message');
  if (status === 'Unknown') return unknown('HealthUnknown', `Argo CD cannot tell its health${after(why)}`);
  return byWord(
    status,
    { healthy: ['Healthy'], progressing: ['Progressing', 'Missing'], degraded: ['Degraded'], suspended: ['Suspended'] },
    { writer: 'Argo CD', field: 'health', why },
  );
}
