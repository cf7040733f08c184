import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { ItemFacts, WebhookFacts } from '../../../src/model/backup.ts';
import { acts, looks } from '../../../src/kube/needs.ts';
import type { Step } from '../../../src/model/plan.ts';
import type { QuiesceTarget } from '../../../src/model/quiesce.ts';
import type { FindingReport } from '../../../src/model/report.ts';
import { families } from '../../../src/preflight/registry.ts';
import type { NodeFacts, Place, Survey } from '../../../src/preflight/survey.ts';
import { fated, now, pinned, placeOf, surveyOf, taken } from '../../support/a-survey.ts';
import { planOf } from '../../support/driver-context.ts';
import { claim, contentOf, deployment, item, namespaced } from '../velero/items.ts';

const basics = placeOf('basics', 'namespaces');
const definitions = placeOf('definitions', 'crds');
const operator = placeOf('operator', 'operators');
const volumes = placeOf('volumes', 'storage');
const db = placeOf('db', 'databases');
const web = placeOf('web', 'applications');
const traffic = placeOf('traffic', 'ingress');

const hour = 3_600_000;

const live = (kind: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...more,
});

const workload = (name: string, facts: ItemFacts) => deployment('shop', name, { facts });
const service = (name: string, type: 'LoadBalancer' | 'NodePort') =>
  namespaced('services', 'Service', 'shop', name, { facts: { serviceType: type } });
const releaseOf = (statuses: readonly string[], namespace = 'shop') =>
  statuses.map((status, index) =>
    taken(
      namespaced('secrets', 'Secret', namespace, `sh.helm.release.v1.web.v${index + 1}`, {
        labels: { owner: 'helm', status },
      }),
      basics,
    ),
  );
const moved = (name: string, storageClass = 'fast') => ({
  ...claim('shop', name),
  storageClass,
  annotations: { 'velero.io/data-upload-name': 'velero/nightly-1' },
});
const cluster = namespaced('clusters.postgresql.cnpg.io', 'Cluster', 'shop', 'orders', {
  apiVersion: 'postgresql.cnpg.io/v1',
});
const ownedClaim = {
  ...claim('shop', 'orders-1'),
  storageClass: 'fast',
  controller: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' },
};
const aStep = (name: string, ...dependsOn: readonly string[]): Step => ({
  name,
  driver: 'velero',
  spec: {},
  dependsOn,
  timeoutMs: 60_000,
  checks: [],
});
const clusterKind = {
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  resource: 'clusters.postgresql.cnpg.io',
  served: false,
};
const definition = (serves: readonly string[]) =>
  item('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition', 'clusters.postgresql.cnpg.io', {
    facts: { serves },
  });
const guard = (more: Partial<WebhookFacts> = {}): WebhookFacts => ({
  name: 'ValidatingWebhookConfiguration guard: all.guard.test',
  failsClosed: true,
  service: { namespace: 'guard', name: 'guard' },
  creates: ['apps/deployments'],
  scope: '*',
  namespaceSelector: undefined,
  objectSelector: undefined,
  ...more,
});
const configuration = (facts: WebhookFacts) =>
  item('validatingwebhookconfigurations.admissionregistration.k8s.io', 'ValidatingWebhookConfiguration', 'guard', {
    facts: { webhooks: [facts] },
  });
const guardService = namespaced('services', 'Service', 'guard', 'guard');
const node = (more: Partial<NodeFacts> = {}): NodeFacts => ({
  name: 'n',
  schedulable: true,
  cpuMilli: 4000,
  memoryBytes: 8 * 1024 ** 3,
  pods: 110,
  images: ['docker.io/library/nginx:1'],
  ...more,
});
const pods = (count: number, cpuMilli: number, memoryBytes = 0) => ({
  pods: { count, cpuMilli, memoryBytes },
});
const aPod = namespaced('pods', 'Pod', 'shop', 'web-0');
const copied = { namespace: 'shop', pod: 'web-0' };
const apiService = item('apiservices.apiregistration.k8s.io', 'APIService', 'v3.projectcalico.org');
const aggregatedKind = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies.projectcalico.org',
  served: false,
};
const aggregated = namespaced(aggregatedKind.resource, 'NetworkPolicy', 'shop', 'deny', {
  apiVersion: aggregatedKind.apiVersion,
});
const byFile = (place: Place, kind: string, name: string, namespace?: string) => ({
  brought: [{ place, objects: [{ apiVersion: 'v1', kind, metadata: { name, ...(namespace ? { namespace } : {}) } }] }],
});
const agent = { ready: 1, wanted: 1, ignoresDelayBinding: false };

/** What is found in a survey, the severity before the reason. */
function found(survey: Survey): readonly string[] {
  return families.flatMap((family) => family.judge(survey)).map(({ severity, reason }) => `${severity} ${reason}`);
}

const nowhere: QuiesceTarget = { kind: 'CronJob', namespaces: ['shop'], names: ['nightly'], optional: false };

const cases: readonly (readonly [what: string, survey: Survey, found: readonly string[]])[] = [
  ['an empty survey of a healthy cluster', surveyOf([]), []],

  // site
  [
    'a namespace of the plan that is Terminating',
    surveyOf([], {
      namespaces: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', deletionTimestamp: '2026-11-21T09:00:00Z' } },
      ],
    }),
    ['block NamespaceTerminating'],
  ],
  ['a Deployment of the site', surveyOf([], { siteObjects: [live('Deployment', 'web')] }), ['block LiveSite']],
  [
    'the same, allowed by the request',
    surveyOf([], { siteObjects: [live('Deployment', 'web')] }, { intoLiveSite: true }),
    ['warn LiveSite'],
  ],
  [
    'the same, made by the run that is resumed',
    surveyOf([], { siteObjects: [live('Pod', 'x')] }, { resumed: true }),
    [],
  ],
  [
    'a Bound claim',
    surveyOf([], { siteObjects: [live('PersistentVolumeClaim', 'data', { status: { phase: 'Bound' } })] }),
    ['block LiveSite', 'block ClaimWithData'],
  ],
  [
    'a Pending claim has no data',
    surveyOf([], { siteObjects: [live('PersistentVolumeClaim', 'data', { status: { phase: 'Pending' } })] }),
    ['block LiveSite'],
  ],

  // objects
  ['an object in the way', surveyOf([fated(deployment('shop', 'web'), 'inTheWay', web)]), ['block ExistingObject']],
  [
    'the same, in a live site that the request allows',
    surveyOf([fated(deployment('shop', 'web'), 'inTheWay', web)], {}, { intoLiveSite: true }),
    ['warn ExistingObject'],
  ],
  [
    'the same, in a run that goes on: the step judges it',
    surveyOf([fated(deployment('shop', 'web'), 'inTheWay', web)], {}, { resumed: true }),
    [],
  ],
  ['an object of two steps', surveyOf([taken(deployment('shop', 'web'), db, web)]), ['warn TwoSteps']],
  ['an object of no step', surveyOf([taken(deployment('shop', 'web'))]), ['warn LeftOver']],
  [
    'what the cluster brings, and what is excluded or ignored, is no finding',
    surveyOf([
      fated(deployment('shop', 'a'), 'platform'),
      fated(deployment('shop', 'b'), 'excluded'),
      fated(deployment('shop', 'c'), 'ignored'),
      fated(deployment('shop', 'd'), 'derived'),
    ]),
    [],
  ],

  // kinds
  ['a kind that nothing brings', surveyOf([taken(cluster, db)], { kinds: [clusterKind] }), ['block KindMissing']],
  [
    'a kind whose definition comes before',
    surveyOf([taken(definition(['postgresql.cnpg.io/v1']), definitions), taken(cluster, db)], { kinds: [clusterKind] }),
    [],
  ],
  [
    'a kind whose definition comes after it',
    surveyOf([taken(definition(['postgresql.cnpg.io/v1']), web), taken(cluster, db)], { kinds: [clusterKind] }),
    ['block KindTooLate'],
  ],
  [
    'a definition that serves other versions',
    surveyOf([taken(definition(['postgresql.cnpg.io/v2']), definitions), taken(cluster, db)], { kinds: [clusterKind] }),
    ['block ApiVersionGone'],
  ],
  [
    'a kind that the cluster serves at another version',
    surveyOf([taken(cluster, db)], { kinds: [{ ...clusterKind, insteadAt: 'postgresql.cnpg.io/v2' }] }),
    ['block ApiVersionGone'],
  ],
  [
    'a kind that a manifests step brings',
    surveyOf(
      [taken(cluster, db)],
      { kinds: [clusterKind] },
      {
        brought: [
          {
            place: definitions,
            objects: [
              {
                apiVersion: 'apiextensions.k8s.io/v1',
                kind: 'CustomResourceDefinition',
                metadata: { name: 'clusters.postgresql.cnpg.io' },
                spec: { group: 'postgresql.cnpg.io', versions: [{ name: 'v1', served: true }] },
              },
            ],
          },
        ],
      },
    ),
    [],
  ],
  ['a kind that is missing, of no step', surveyOf([taken(cluster)], { kinds: [clusterKind] }), ['warn LeftOver']],

  // storage
  [
    'a claim without a class in a cluster without a default one',
    surveyOf([taken(claim('shop', 'data'), volumes)], { storageClasses: [] }),
    ['warn NoDefaultStorageClass'],
  ],
  ['a claim without a class gets the default one', surveyOf([taken(claim('shop', 'data'), volumes)]), []],
  [
    'snapshots without a class of their driver',
    surveyOf([taken(contentOf('c', 'shop', 's'), volumes)], { snapshotDrivers: ['other'] }),
    ['warn SnapshotClassMissing'],
  ],
  [
    'claims larger than what the driver has',
    surveyOf([taken({ ...claim('shop', 'data'), storageClass: 'fast', facts: { sizeBytes: 2000 } }, volumes)], {
      capacities: [{ storageClass: 'fast', bytes: 1000 }],
    }),
    ['warn StorageShort'],
  ],
  [
    'a claim larger than any one place',
    surveyOf([taken({ ...claim('shop', 'data'), storageClass: 'fast', facts: { sizeBytes: 700 } }, volumes)], {
      capacities: [
        { storageClass: 'fast', bytes: 600 },
        { storageClass: 'fast', bytes: 600, largestBytes: 500 },
      ],
    }),
    ['warn StorageShort'],
  ],
  [
    'claims that fit',
    surveyOf([taken({ ...claim('shop', 'data'), storageClass: 'fast', facts: { sizeBytes: 500 } }, volumes)], {
      capacities: [{ storageClass: 'fast', bytes: 600 }],
    }),
    [],
  ],

  // order
  [
    'a claim after the resource that owned it',
    surveyOf([taken(cluster, operator), taken(ownedClaim, volumes)]),
    ['warn ClaimAfterOwner'],
  ],
  ['a claim before the resource that owned it', surveyOf([taken(ownedClaim, volumes), taken(cluster, db)]), []],
  ['a claim in one step with it: Velero makes claims first', surveyOf([taken(ownedClaim, db), taken(cluster, db)]), []],
  [
    'a claim in a step that waits for that of its owner',
    surveyOf(
      [taken(cluster, placeOf('first', 'storage')), taken(ownedClaim, volumes)],
      {},
      {
        plan: {
          ...planOf(['shop'], []),
          tiers: { ...planOf(['shop'], []).tiers, storage: [aStep('first'), aStep('volumes', 'first')] },
        },
      },
    ),
    ['warn ClaimAfterOwner'],
  ],
  [
    'a claim after the StatefulSet that has a template for it',
    surveyOf([
      taken(
        namespaced('statefulsets.apps', 'StatefulSet', 'shop', 'db', { facts: { claimTemplates: ['data'] } }),
        operator,
      ),
      taken({ ...claim('shop', 'data-db-0'), storageClass: 'fast' }, volumes),
    ]),
    ['warn ClaimAfterOwner'],
  ],

  // data mover
  [
    'moved data without a node agent; the class binds late',
    surveyOf([taken(moved('data'), volumes)], { velero: { movesData: true } }),
    ['block NodeAgentMissing', 'block DataMoverDeadlock'],
  ],
  [
    'moved data, claims before their pods: the deadlock',
    surveyOf([taken(moved('data'), volumes), taken(workload('web', { claims: ['data'], ...pods(1, 0) }), web)], {
      velero: { movesData: true, nodeAgent: agent },
      nodes: [node()],
    }),
    ['block DataMoverDeadlock'],
  ],
  [
    'moved data, claims with their pods',
    surveyOf([taken(moved('data'), web), taken(workload('web', { claims: ['data'], ...pods(1, 0) }), web)], {
      velero: { movesData: true, nodeAgent: agent },
      nodes: [node()],
    }),
    [],
  ],
  [
    'moved data, a StatefulSet with its own claims',
    surveyOf(
      [
        taken(moved('data-db-0'), db),
        taken(
          namespaced('statefulsets.apps', 'StatefulSet', 'shop', 'db', {
            facts: { claimTemplates: ['data'], ...pods(1, 0) },
          }),
          db,
        ),
      ],
      { velero: { movesData: true, nodeAgent: agent }, nodes: [node()] },
    ),
    [],
  ],
  [
    'moved data, the node agent told not to wait',
    surveyOf([taken(moved('data'), volumes)], {
      velero: { movesData: true, nodeAgent: { ...agent, ignoresDelayBinding: true } },
    }),
    [],
  ],
  [
    'moved data, a class that binds at once',
    surveyOf([taken(moved('data', 'now'), volumes)], {
      storageClasses: [{ name: 'now', isDefault: false, waitsForConsumer: false }],
      velero: { movesData: true, nodeAgent: agent },
    }),
    [],
  ],
  [
    'moved data, mapped to a class that binds at once',
    surveyOf(
      [taken(moved('data'), volumes)],
      {
        storageClasses: [
          { name: 'fast', isDefault: true, waitsForConsumer: true },
          { name: 'now', isDefault: false, waitsForConsumer: false },
        ],
        velero: { movesData: true, nodeAgent: agent },
      },
      {},
      [{ tier: 'storage', name: 'volumes', driver: 'velero', spec: { storageClassMapping: { fast: 'now' } } }],
    ),
    [],
  ],
  [
    'plain CSI snapshots have no such deadlock',
    surveyOf([taken(moved('data'), volumes)], { velero: { movesData: false } }),
    [],
  ],
  [
    'volumes copied by file without a node agent',
    surveyOf([taken(aPod, web)], { velero: { fileCopies: [copied] } }),
    ['block NodeAgentMissing'],
  ],
  [
    'a node agent that is not ready anywhere',
    surveyOf([taken(aPod, web)], { velero: { fileCopies: [copied], nodeAgent: { ...agent, ready: 0 } } }),
    ['block NodeAgentMissing'],
  ],
  [
    'a node agent that is ready on some nodes',
    surveyOf([taken(aPod, web)], { velero: { fileCopies: [copied], nodeAgent: { ...agent, wanted: 3 } } }),
    ['warn NodeAgentPartly'],
  ],

  [
    'copies by file of pods that no step takes',
    surveyOf([taken(deployment('shop', 'web'), web), taken(aPod)], { velero: { fileCopies: [copied] } }),
    ['warn LeftOver'],
  ],

  // kinds of another server
  [
    'a kind whose APIService an earlier step restores',
    surveyOf([taken(apiService, operator), taken(aggregated, web)], { kinds: [aggregatedKind] }),
    [],
  ],
  [
    'a kind whose APIService an earlier step has in its files',
    surveyOf(
      [taken(aggregated, web)],
      { kinds: [aggregatedKind] },
      byFile(operator, 'APIService', 'v3.projectcalico.org'),
    ),
    [],
  ],
  [
    'a kind whose APIService a later step restores',
    surveyOf([taken(apiService, traffic), taken(aggregated, web)], { kinds: [aggregatedKind] }),
    ['block KindTooLate'],
  ],
  [
    'a kind whose APIService nobody restores',
    surveyOf([taken(aggregated, web)], { kinds: [aggregatedKind] }),
    ['block KindMissing'],
  ],

  // webhooks
  [
    'a run that goes on: the Service is there, its pod still on its way',
    surveyOf(
      [fated(guardService, 'there', operator), taken(deployment('shop', 'web'), web)],
      { webhooks: [guard()] },
      { resumed: true },
    ),
    [],
  ],
  [
    'the same, of what its own tier restores',
    surveyOf(
      [fated(guardService, 'there', web), taken(deployment('shop', 'web'), web)],
      { webhooks: [guard()] },
      { resumed: true },
    ),
    ['warn WebhookUnanswered'],
  ],
  [
    'a Service that its owner makes',
    surveyOf([fated(guardService, 'derived'), taken(deployment('shop', 'web'), web)], { webhooks: [guard()] }),
    ['warn WebhookUnanswered'],
  ],
  [
    'a webhook of the Backup whose Service an earlier step has in its files',
    surveyOf(
      [taken(configuration(guard()), operator), taken(deployment('shop', 'web'), web)],
      {},
      byFile(operator, 'Service', 'guard', 'guard'),
    ),
    [],
  ],
  [
    'the same, of a later step',
    surveyOf(
      [taken(configuration(guard()), operator), taken(deployment('shop', 'web'), web)],
      {},
      byFile(traffic, 'Service', 'guard', 'guard'),
    ),
    ['warn WebhookBeforeBackend'],
  ],
  [
    'a webhook of the cluster without anybody behind it',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard()] }),
    ['block WebhookUnanswered'],
  ],
  [
    'the same, answered',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard()], answering: ['guard/guard'] }),
    [],
  ],
  [
    'the same, failing open',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard({ failsClosed: false })] }),
    [],
  ],
  [
    'the same, answered by what an earlier tier restores',
    surveyOf([taken(guardService, operator), taken(deployment('shop', 'web'), web)], { webhooks: [guard()] }),
    [],
  ],
  [
    'the same, answered by what a later tier restores',
    surveyOf([taken(guardService, traffic), taken(deployment('shop', 'web'), web)], { webhooks: [guard()] }),
    ['block WebhookUnanswered'],
  ],
  [
    'a webhook for other kinds',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard({ creates: ['batch/jobs'] })] }),
    [],
  ],
  [
    'a webhook for every kind',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard({ creates: ['*/*'] })] }),
    ['block WebhookUnanswered'],
  ],
  [
    'a webhook for cluster-scoped objects',
    surveyOf([taken(deployment('shop', 'web'), web)], { webhooks: [guard({ scope: 'Cluster' })] }),
    [],
  ],
  [
    'a webhook for other namespaces',
    surveyOf([taken(deployment('shop', 'web'), web)], {
      webhooks: [
        guard({
          namespaceSelector: {
            matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['shop'] }],
          },
        }),
      ],
    }),
    [],
  ],
  [
    'a webhook for objects with another label',
    surveyOf([taken(deployment('shop', 'web'), web)], {
      webhooks: [guard({ objectSelector: { matchLabels: { guarded: 'yes' } } })],
    }),
    [],
  ],
  [
    'a webhook of the Backup that comes before its Service',
    surveyOf([
      taken(configuration(guard()), operator),
      taken(guardService, traffic),
      taken(deployment('shop', 'web'), web),
    ]),
    ['block WebhookBeforeBackend'],
  ],
  [
    'a webhook of the Backup whose Service no step brings',
    surveyOf([taken(configuration(guard()), operator), taken(deployment('shop', 'web'), web)]),
    ['block WebhookBeforeBackend'],
  ],
  [
    'a webhook of the Backup in the tier of its Service',
    surveyOf([
      taken(configuration(guard()), operator),
      taken(guardService, operator),
      taken(deployment('shop', 'web'), web),
    ]),
    [],
  ],
  [
    'nobody could look at the endpoints: not called unanswered',
    surveyOf([taken(deployment('shop', 'web'), web)], {
      webhooks: [guard()],
      unread: ['EndpointSlice objects in namespace guard'],
    }),
    ['warn NotLookedAt'],
  ],

  // scheduling
  [
    'a priority class that is not there',
    surveyOf([taken(workload('web', { priorityClass: 'gold' }), web)]),
    ['block PriorityClassMissing'],
  ],
  [
    'a priority class that an earlier step restores',
    surveyOf([
      taken(item('priorityclasses.scheduling.k8s.io', 'PriorityClass', 'gold'), basics),
      taken(workload('web', { priorityClass: 'gold' }), web),
    ]),
    [],
  ],
  [
    'a priority class that a later step restores',
    surveyOf([
      taken(item('priorityclasses.scheduling.k8s.io', 'PriorityClass', 'gold'), traffic),
      taken(workload('web', { priorityClass: 'gold' }), web),
    ]),
    ['block PriorityClassMissing'],
  ],
  [
    'more requested than the nodes have left',
    surveyOf([taken(workload('web', pods(3, 1000)), web)], {
      nodes: [node()],
      pods: [{ node: 'n', running: true, cpuMilli: 2000, memoryBytes: 0, images: [] }],
    }),
    ['warn CapacityShort'],
  ],
  [
    'pods elsewhere take no room here',
    surveyOf([taken(workload('web', pods(3, 1000)), web)], {
      nodes: [node(), node({ name: 'cordoned', schedulable: false })],
      pods: [{ node: 'cordoned', running: true, cpuMilli: 2000, memoryBytes: 0, images: [] }],
    }),
    [],
  ],
  [
    'more pods than the nodes take',
    surveyOf([taken(workload('web', pods(200, 0)), web)], { nodes: [node()] }),
    ['warn CapacityShort'],
  ],
  [
    'no node that takes pods',
    surveyOf([taken(workload('web', pods(1, 100)), web)], { nodes: [node({ schedulable: false })] }),
    ['warn NoSchedulableNode'],
  ],
  [
    'a pod that fits no node',
    surveyOf([taken(workload('web', pods(1, 5000)), web)], {
      nodes: [node(), node({ name: 'm' })],
    }),
    ['warn PodTooLarge'],
  ],
  [
    'pods that an operator makes count as the Backup has them',
    surveyOf(
      [
        taken(cluster, db),
        fated(
          namespaced('pods', 'Pod', 'shop', 'orders-1', {
            controller: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' },
            facts: pods(1, 4500),
          }),
          'excluded',
        ),
      ],
      { nodes: [node({ cpuMilli: 4500 }), node({ name: 'm', cpuMilli: 4500 })], pods: [] },
    ),
    [],
  ],
  [
    'and are missed where there is no room',
    surveyOf(
      [
        taken(cluster, db),
        fated(
          namespaced('pods', 'Pod', 'shop', 'orders-1', {
            controller: { apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'orders' },
            facts: pods(1, 4500),
          }),
          'excluded',
        ),
      ],
      { nodes: [node()] },
    ),
    ['warn CapacityShort', 'warn PodTooLarge'],
  ],

  // images
  [
    'a registry that no node has pulled from',
    surveyOf(
      [
        taken(
          deployment('shop', 'web', { imagePlaces: [{ path: '/x', value: 'registry.lost.test/shop/web:1' }] }),
          web,
        ),
      ],
      { nodes: [node()] },
    ),
    ['warn RegistryNotSeen'],
  ],
  [
    'a registry that a running pod pulled from',
    surveyOf(
      [
        taken(
          deployment('shop', 'web', { imagePlaces: [{ path: '/x', value: 'registry.lost.test/shop/web:1' }] }),
          web,
        ),
      ],
      {
        nodes: [node()],
        pods: [{ running: true, cpuMilli: 0, memoryBytes: 0, images: ['registry.lost.test/other:2'] }],
      },
    ),
    [],
  ],
  [
    'a pod that is still pulling proves nothing',
    surveyOf(
      [
        taken(
          deployment('shop', 'web', { imagePlaces: [{ path: '/x', value: 'registry.lost.test/shop/web:1' }] }),
          web,
        ),
      ],
      {
        nodes: [node()],
        pods: [{ running: false, cpuMilli: 0, memoryBytes: 0, images: ['registry.lost.test/other:2'] }],
      },
    ),
    ['warn RegistryNotSeen'],
  ],

  // helm
  ['a Helm release that had failed', surveyOf(releaseOf(['deployed', 'failed'])), ['warn HelmReleaseNotDeployed']],
  ['a Helm release left pending', surveyOf(releaseOf(['pending-upgrade'])), ['warn HelmReleaseNotDeployed']],
  ['a Helm release that failed once and then went well', surveyOf(releaseOf(['failed', 'deployed'])), []],
  ['a Helm release that was taken away', surveyOf(releaseOf(['superseded', 'uninstalled'])), []],
  [
    'the tenth revision is newer than the ninth',
    surveyOf(releaseOf([...Array.from({ length: 8 }, () => 'superseded'), 'failed', 'deployed'])),
    [],
  ],
  [
    'two Helm releases of one name in two namespaces',
    surveyOf([...releaseOf(['failed']), ...releaseOf(['superseded', 'deployed'], 'other')]),
    ['warn HelmReleaseNotDeployed'],
  ],

  // traffic
  ['a LoadBalancer before tier 8', surveyOf([taken(service('web', 'LoadBalancer'), web)]), ['warn TrafficEarly']],
  ['a NodePort before tier 8', surveyOf([taken(service('web', 'NodePort'), db)]), ['warn TrafficEarly']],
  ['a LoadBalancer in tier 8', surveyOf([taken(service('web', 'LoadBalancer'), traffic)]), []],

  // what is quiesced: quiesce.test.ts has the rest
  [
    'a name under quiesce that is nowhere',
    surveyOf([], {}, { plan: planOf(['shop'], [], { quiesce: [nowhere] }) }),
    ['warn QuiesceTargetMissing'],
  ],

  // Velero's server
  [
    'priorities without the data uploads',
    surveyOf([], {
      velero: {
        args: ['server', '--restore-resource-priorities=namespaces,persistentvolumes,persistentvolumeclaims,pods'],
      },
    }),
    ['warn RestorePriorities'],
  ],
  [
    'the same, with a Backup of the data mover',
    surveyOf([], {
      velero: {
        args: ['server', '--restore-resource-priorities', 'persistentvolumeclaims'],
        movesData: true,
      },
    }),
    ['block RestorePriorities'],
  ],
  [
    'the default list, written out',
    surveyOf([], {
      velero: {
        args: [
          '--restore-resource-priorities=customresourcedefinitions,namespaces,storageclasses,volumesnapshotclass.snapshot.storage.k8s.io,volumesnapshotcontents.snapshot.storage.k8s.io,volumesnapshots.snapshot.storage.k8s.io,datauploads.velero.io,persistentvolumes,persistentvolumeclaims,pods,-,clusterbootstraps.run.tanzu.vmware.com',
        ],
      },
    }),
    ['info RestorePriorities'],
  ],
  ['a sync period of zero', surveyOf([], { velero: { args: ['--backup-sync-period=0s'] } }), ['warn SyncPeriod']],
  ['a sync period of an hour', surveyOf([], { velero: { args: ['--backup-sync-period=1h'] } }), ['warn SyncPeriod']],
  ['a sync period of a minute', surveyOf([], { velero: { args: ['--backup-sync-period=1m0s'] } }), []],
  [
    "the location's own period counts",
    surveyOf([], {
      velero: {
        args: ['--backup-sync-period=1m'],
        location: { name: 'default', readOnly: true, syncPeriod: '0s' },
      },
    }),
    ['warn SyncPeriod'],
  ],
  [
    'a location that may be written',
    surveyOf([], { velero: { location: { name: 'default', readOnly: false } } }),
    ['info LocationWritable'],
  ],
  [
    'a location that may be written, the Backup near its end',
    surveyOf([], { velero: { location: { name: 'default', readOnly: false }, expiration: '2026-11-22T10:00:00Z' } }),
    ['warn LocationWritable'],
  ],
  [
    'a location that may be written, and Schedules that do',
    surveyOf([], { velero: { location: { name: 'default', readOnly: false }, schedules: ['nightly'] } }),
    ['warn LocationWritable'],
  ],

  // age
  ['a Backup older than the objective', withRpo(5 * hour), ['warn RpoMissed']],
  ['a Backup within the objective', withRpo(7 * hour), []],
  [
    'a Backup begun after the disaster',
    surveyOf([], {}, { disasterAt: new Date('2026-11-21T03:00:00Z') }),
    ['warn BackupAfterDisaster'],
  ],
  [
    'a Backup that expires in the middle of the run',
    surveyOf([], { velero: { expiration: '2026-11-21T10:30:00Z' } }),
    ['warn BackupExpiresSoon'],
  ],

  // permissions
  [
    'something that the login may not do',
    surveyOf([], { denied: acts('velero.io', 'restores', ['create'], 'velero') }),
    ['block PermissionDenied'],
  ],
  [
    'the same, of the login of a person who looks',
    surveyOf([], { denied: acts('velero.io', 'restores', ['create'], 'velero') }, { byPerson: true }),
    ['warn PermissionDenied'],
  ],
  [
    'rights without which a run only knows less',
    surveyOf([], { denied: [...looks('', 'events', ['list'], 'shop'), ...looks('', 'pods', ['watch'], 'shop')] }),
    ['warn PermissionMissing'],
  ],
  [
    'rights of both sorts',
    surveyOf([], { denied: [...looks('', 'events', ['list'], 'shop'), ...acts('', 'pods/exec', ['get'], 'shop')] }),
    ['block PermissionDenied', 'warn PermissionMissing'],
  ],
  ['something that the login may not read', surveyOf([], { unread: ['Node objects'] }), ['warn NotLookedAt']],
];

function withRpo(rpoMs: number): Survey {
  const survey = surveyOf([]);
  return { ...survey, plan: { ...survey.plan, objectives: { rpoMs } } };
}

describe('what a look ahead finds', () => {
  it.each(cases)('%s', (_what, survey, expected) => {
    expect(found(survey)).toEqual(expected);
  });

  it('has a case for every family', () => {
    const covered = families.filter((family) => cases.some(([, survey]) => family.judge(survey).length > 0));

    expect(covered.map(({ name }) => name)).toEqual(families.map(({ name }) => name));
  });

  it('says in one sentence what is and what to do, and names the step', () => {
    const findings = cases.flatMap(([, survey]) => families.flatMap((family) => family.judge(survey)));

    const unclear = findings.filter(
      ({ reason, message }: FindingReport) =>
        !/^[A-Z][A-Za-z]+$/.test(reason) || message.endsWith('.') || message.includes('undefined'),
    );
    expect(findings.length).toBeGreaterThan(50);
    expect(unclear).toEqual([]);
  });

  it('names what is in the way, its step, and the ways out', () => {
    const survey = surveyOf([fated(deployment('shop', 'web'), 'inTheWay', web)]);

    expect(families.flatMap((family) => family.judge(survey))).toEqual([
      {
        severity: 'block',
        reason: 'ExistingObject',
        message:
          'step web would be held: 1 object of the Backup is there already and not by this recovery: Deployment shop/web; remove what is in the way, list it under spec.ignore, or take it out of the filter',
        step: 'web',
        object: 'Deployment shop/web',
      },
    ]);
  });

  it('names a Helm release that is not deployed, and its state', () => {
    const survey = surveyOf([...releaseOf(['deployed', 'pending-upgrade']), ...releaseOf(['failed'], 'other')]);

    expect(families.flatMap((family) => family.judge(survey)).map(({ message }) => message)).toEqual([
      expect.stringContaining('not deployed: shop/web (revision 2: pending-upgrade), other/web (revision 1: failed);'),
    ]);
  });

  it('counts the age from the disaster, not from now', () => {
    const survey = { ...withRpo(5 * hour), disasterAt: new Date('2026-11-21T06:00:00Z') };

    expect(found(survey)).toEqual([]);
    expect(now.getTime() - Date.parse(pinned.startTimestamp)).toBe(6 * hour);
  });
});
