import type { KubeObject } from '../../kube/types.ts';
import { progressing, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { withEnginePods } from '../engine-pods.ts';
import { perconaAside, perconaState, withParts, type Part } from '../percona.ts';
import { fieldsAt, listAt, numberAt, textAt, valueAt } from '../read.ts';
import { podNeeds } from '../workload.ts';

/**
 * State ready, every member of every replica set ready, and with sharding every router, every replica set added as a shard.
 * Which member is primary and what it holds is not in it: the mongodb check asks. Source: Percona Server for MongoDB operator
 * 1.23, pkg/apis/psmdb/v1/psmdb_types.go PerconaServerMongoDBStatus, pkg/controller/perconaservermongodb/status.go.
 */
export const perconaServerMongoDb: KindRule = {
  group: 'psmdb.percona.com',
  kind: 'PerconaServerMongoDB',
  needs: podNeeds,
  aside: perconaAside,
  assess: (object, related, now) =>
    withEnginePods(judge(object), object, related, now, {
      'app.kubernetes.io/instance': object.metadata.name,
      'app.kubernetes.io/name': 'percona-server-mongodb',
    }),
};

function judge(object: KubeObject): Verdict {
  const base = withParts(perconaState(object), partsOf(object));
  if (base.verdict !== 'Healthy' || !isSharded(object)) return base;
  const apart = Object.entries(fieldsAt(object, 'status', 'replsets')).find(
    ([, replset]) => valueAt(replset, 'added_as_shard') === false,
  );
  return apart === undefined
    ? base
    : progressing('NotAddedAsShard', `state is ready, but replica set ${apart[0]} is not added as a shard`);
}

function isSharded(object: KubeObject): boolean {
  return valueAt(object, 'spec', 'sharding', 'enabled') === true;
}

function partsOf(object: KubeObject): readonly Part[] {
  const part = (name: string, spec: unknown, status: unknown): Part => ({
    name,
    wanted: numberAt(spec, 'size') ?? 0,
    ready: numberAt(status, 'ready') ?? 0,
  });
  const replsets = listAt(object, 'spec', 'replsets').map((replset) => {
    const name = textAt(replset, 'name') ?? 'rs0';
    return part(name, replset, valueAt(object, 'status', 'replsets', name));
  });
  if (!isSharded(object)) return replsets;
  const sharding = fieldsAt(object, 'spec', 'sharding');
  return [
    ...replsets,
    part('cfg', valueAt(sharding, 'configsvrReplSet'), valueAt(object, 'status', 'replsets', 'cfg')),
    part('mongos', valueAt(sharding, 'mongos'), valueAt(object, 'status', 'mongos')),
  ];
}
