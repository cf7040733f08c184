import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { listAt, numberAt, oneLine, textAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * States that need a person or another object. Any other that does not begin like a step on the way is an error of the operator in
 * its own words: shown, and Progressing, as it is tried again.
 */
const troubles: readonly (readonly [RegExp, string])[] = [
  [/^Tenant credentials are not set/iu, 'CredentialsNotSet'],
  [/^Statefulset not controlled by operator/iu, 'NotOwned'],
  [/^Different versions across MinIO Pools/iu, 'VersionsDiffer'],
  [/^Another MinIO Tenant already exists/iu, 'AnotherTenant'],
  [/^Pool Decommissioning Not Allowed/iu, 'DecommissioningNotAllowed'],
  [/^Can't modify server count/iu, 'PoolResized'],
];

const steps = /^(?:Provisioning|Waiting|Updating|Restarting)\b/iu;

/**
 * Initialized, every pool initialized, as many servers as all pools want, health green. Yellow: drives or pods are missing. Red: no write quorum.
 * Source: MinIO operator 7.1, pkg/controller/main-controller.go Status* constants, monitoring.go,
 * pkg/apis/minio.min.io/v2/types.go TenantStatus.
 */
export const minioTenant: KindRule = {
  group: 'minio.min.io',
  kind: 'Tenant',
  needs: podNeeds,
  terminal: ['AnotherTenant', 'DecommissioningNotAllowed', 'PoolResized'],
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, { 'v1.min.io/tenant': object.metadata.name }),
};

function judge(object: KubeObject): Verdict {
  const state = textAt(object, 'status', 'currentState');
  if (state === undefined) return progressing('NoStatus', 'its operator has not reported on it yet');
  const trouble = troubles.find(([pattern]) => pattern.test(state));
  if (trouble !== undefined) return degraded(trouble[1], oneLine(state));
  if (state === 'Initialized') return byHealth(object);
  return progressing(steps.test(state) ? 'NotInitializedYet' : 'UnknownState', `state is ${oneLine(state)}`);
}

function byHealth(object: KubeObject): Verdict {
  const pools = listAt(object, 'spec', 'pools');
  const initialized = listAt(object, 'status', 'pools').filter(({ state }) => state === 'PoolInitialized').length;
  if (initialized < pools.length)
    return progressing('PoolNotInitialized', `${initialized} of ${pools.length} pools initialized`);
  const wanted = pools.reduce((sum, pool) => sum + (numberAt(pool, 'servers') ?? 0), 0);
  const available = numberAt(object, 'status', 'availableReplicas') ?? 0;
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const health = textAt(object, 'status', 'healthStatus');
  const drives = `drives ${count('drivesOnline')} online, ${count('drivesOffline')} offline, ${count('drivesHealing')} healing`;
  const words = `${available} of ${wanted} servers available, health ${health ?? 'not told'}, ${drives}`;
  if (health === 'red') return degraded('Red', words);
  if (available < wanted) return progressing('LessAvailable', words);
  if (health === 'green') return healthy('Green', words);
  return progressing(health === 'yellow' ? 'Yellow' : 'UnknownHealth', words);
}
