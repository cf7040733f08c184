/** The plan of the chaos site: five steps in five tiers, an approval, and gates that the test can hold shut. */
import { stringify } from 'yaml';
import { chaosBackup } from '../../lab/sites/chaos/site.ts';
import { chaosNamespaces } from '../../lab/sites/chaos/objects.ts';
import type { KubeClient } from '../../src/kube/types.ts';

/** Name of plan and site. */
export const chaosPlan = 'chaos';
/** The context that the plan names. */
export const chaosContext = 'lab';
/** Where the ConfigMaps are that gates wait for; not part of the site. */
export const keeperNamespace = 'chaos-keeper';

/** Gates that the test can hold shut. */
export const keptSteps = ['keys', 'web'] as const;
export type KeptStep = (typeof keptSteps)[number];
/** `patient`: the gate waits for it. `impatient`: the gate soon fails, and the run is held. */
export type Latch = 'patient' | 'impatient';

const [data, web] = chaosNamespaces;
const timeout = '3m';

function latches(step: KeptStep): object[] {
  const check = (latch: Latch, budget: string): object => ({
    name: `${latch}-latch`,
    resourceExists: { apiVersion: 'v1', kind: 'ConfigMap', namespace: keeperNamespace, name: latchName(step, latch) },
    timeout: budget,
  });
  return [check('patient', '2m'), check('impatient', '2s')];
}

/** The plan's text. */
export function chaosPlanText(): string {
  const rows = {
    name: 'keys-are-back',
    asserts: 'data',
    redis: {
      pod: 'keys-0',
      claims: ['data-keys-0'],
      data: { count: { equals: 2000 }, keys: ['key:000001', 'key:002000'] },
    },
    timeout: '1m',
  };
  const velero = (namespace: string, ...includedResources: string[]): object => ({
    includedNamespaces: [namespace],
    ...(includedResources.length > 0 ? { includedResources } : {}),
  });
  const tiers = {
    namespaces: [{ name: 'basics', velero: {}, timeout }],
    storage: [{ name: 'volumes', velero: velero(data), timeout }],
    databases: [
      {
        name: 'keys',
        velero: velero(data, 'statefulsets.apps', 'services'),
        timeout,
        checks: [rows, ...latches('keys')],
      },
    ],
    applications: [
      { name: 'web', velero: velero(web, 'deployments.apps', 'cronjobs.batch'), timeout, checks: latches('web') },
    ],
    ingress: [{ name: 'traffic', velero: velero(web, 'services', 'networkpolicies.networking.k8s.io'), timeout }],
  };
  const spec = {
    site: chaosPlan,
    cluster: chaosContext,
    namespaces: [...chaosNamespaces],
    stableFor: '500ms',
    velero: { backup: chaosBackup },
    approval: { beforePhaseTwo: true },
    quiesce: [{ kind: 'CronJob' }, { kind: 'Schedule', names: ['chaos-yearly'] }],
    tiers,
    verify: [
      { name: 'claims-are-bound', verdict: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: data } },
    ],
  };
  return stringify({ apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name: chaosPlan }, spec });
}

function latchName(step: KeptStep, latch: Latch): string {
  return `${step}-${latch}`;
}

/** Opens a gate's latch, or shuts it. */
export async function setLatch(kube: KubeClient, step: KeptStep, latch: Latch, open: boolean): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: keeperNamespace, name: latchName(step, latch) };
  if (!open) return kube.remove(ref);
  const { name, namespace } = ref;
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
  await kube.apply(object, { fieldManager: 'chaos', force: true });
}
