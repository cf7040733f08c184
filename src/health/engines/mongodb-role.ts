import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { RungVerdict } from '../ladder.ts';
import type { MongoSet, MongoState } from './mongodb.ts';
import type { SaidRole } from './role.ts';

/** What a plan expects of a server's place. */
export interface MongoWanted {
  readonly role: 'primary' | 'replica';
  readonly replicaSet?: string | undefined;
  readonly members?: number | undefined;
}

/** Codes of refusals (MongoDB, src/mongo/base/error_codes.yml). */
const codes = {
  unauthorized: 13,
  commandNotFound: 59,
  noReplication: 76,
  invalidConfig: 93,
  notInitialized: 94,
} as const;

/** States of a member (MongoDB manual, Replica Set Member States). */
const states = new Map([
  [0, 'STARTUP'],
  [1, 'PRIMARY'],
  [2, 'SECONDARY'],
  [3, 'RECOVERING'],
  [5, 'STARTUP2'],
  [6, 'UNKNOWN'],
  [7, 'ARBITER'],
  [8, 'DOWN'],
  [9, 'ROLLBACK'],
  [10, 'REMOVED'],
]);

/** What a server says that it is; routers hand on the writes of one cluster. Pure. */
export function mongoRole({ isRouter, isWritable, isSecondary }: MongoState): SaidRole {
  if (isRouter) return { role: 'primary', shares: true };
  if (isWritable) return { role: 'primary' };
  return { role: isSecondary ? 'replica' : 'neither' };
}

/** The hosts that a message about this state names: those that do not answer, or all where the server is none of them. */
export function strangeHosts(state: MongoState): readonly string[] {
  if ('code' in state.set) return state.configured;
  if (state.set.state === 10) return state.configured;
  return state.set.members.filter(isAway).map(({ host }) => host);
}

function isAway({ health, state }: MongoSet['members'][number]): boolean {
  return health !== 1 || state === 6 || state === 8;
}

/** Judges a server's place in its replica set; pure. `hosts` describes `strangeHosts`. */
export function judgeMongoRole(wanted: MongoWanted, state: MongoState, hosts: string): RungVerdict {
  const { set } = state;
  if (state.isRouter) return judgeRouter(wanted);
  if ('code' in set) return judgeWithoutSet(wanted, state, set.code, hosts);
  if (wanted.replicaSet !== undefined && state.setName !== undefined && state.setName !== wanted.replicaSet)
    return degraded(
      'OtherReplicaSet',
      `it belongs to the replica set ${state.setName}, expected ${wanted.replicaSet}: its volume is another cluster's`,
    );
  if (set.state === 1) return judgePrimary(wanted, set, hosts);
  if (set.state === 2) return judgeSecondary(wanted, set, hosts);
  return judgeOtherState(set, hosts);
}

function judgeRouter({ replicaSet, role }: MongoWanted): Verdict {
  if (replicaSet === undefined && role === 'primary')
    return healthy('Router', 'a router (mongos) answers and hands writes on');
  return degraded('IsRouter', 'a router (mongos) answers, not a member; ask the pods of the shards');
}

function judgeWithoutSet(wanted: MongoWanted, state: MongoState, code: number, hosts: string): RungVerdict {
  if (code === codes.invalidConfig) return notInConfig(hosts);
  if (code === codes.notInitialized)
    return degraded(
      'NotInitiated',
      'it waits for a replica set and its data has no configuration of one: its volume is empty or another one than the restored; rs.initiate() would make a new and empty set',
    );
  if (code === codes.unauthorized) return judgeByHello(wanted, state);
  if (state.configured.length > 0)
    return degraded(
      'OutsideItsSet',
      `it was started without --replSet, and its data is a member's of ${hosts}: what is written to it now no member will have; start it with --replSet`,
    );
  if (wanted.replicaSet !== undefined || wanted.role === 'replica')
    return degraded(
      'NoReplicaSet',
      `it runs alone, without a replica set, expected ${wanted.replicaSet ?? 'a replica'}: start it with --replSet`,
    );
  if (!state.isWritable) return degraded('NotWritable', 'it runs alone and says that it takes no writes');
  return healthy('Standalone', 'it takes writes and runs alone, without a replica set');
}

function notInConfig(hosts: string): Verdict {
  return degraded(
    'NotInConfig',
    `it has the configuration of a replica set and is none of its members (REMOVED, "not in config"): ${hosts === '' ? 'other hosts' : hosts}; give the pods these names again, or write the new ones: rs.reconfig(…, {force: true})`,
  );
}

/** The user may not ask for the set's status: what the server tells everybody has to do. */
function judgeByHello({ role }: MongoWanted, { isWritable, isSecondary }: MongoState): RungVerdict {
  const note = 'the user may not see the members of the replica set; give it the role clusterMonitor';
  if (role === 'primary' && isWritable) return { ...healthy('IsPrimary', 'it takes writes'), note };
  if (role === 'replica' && isSecondary) return { ...healthy('IsReplica', 'it is a secondary'), note };
  return role === 'primary'
    ? degraded('NotPrimary', `it takes no writes where the plan wants the primary; ${note}`)
    : degraded('NotReplica', `it is no secondary where the plan wants a replica; ${note}`);
}

function judgePrimary(wanted: MongoWanted, set: MongoSet, hosts: string): RungVerdict {
  if (wanted.role === 'replica')
    return degraded('IsPrimary', 'it is the PRIMARY where the plan wants a replica; ask another pod');
  const reached = set.members.length - set.members.filter(isAway).length;
  const seen = `it is the PRIMARY, ${reached} of ${set.members.length} members answer it`;
  if (wanted.members !== undefined && reached < wanted.members)
    return degraded('MembersAway', `${seen}, expected ${wanted.members}${away(hosts)}`);
  if (hosts === '') return healthy('IsPrimary', seen);
  return {
    ...healthy('IsPrimary', seen),
    note: `these members do not answer: ${hosts}; remove those of the lost site`,
  };
}

function judgeSecondary(wanted: MongoWanted, set: MongoSet, hosts: string): RungVerdict {
  const primary = set.members.find(({ state, health }) => state === 1 && health === 1);
  if (wanted.role === 'replica') {
    const seen = healthy('IsReplica', `it is a SECONDARY${primary === undefined ? '' : ` of ${primary.host}`}`);
    return primary === undefined
      ? { ...seen, note: `the set has no PRIMARY, so it takes over no new data${away(hosts)}` }
      : seen;
  }
  if (primary !== undefined)
    return degraded('IsReplica', `it is a SECONDARY where the plan wants the primary, which is ${primary.host}`);
  const reached = set.members.length - set.members.filter(isAway).length;
  const majority = Math.floor(set.members.length / 2) + 1;
  if (reached >= majority)
    return progressing(
      'Electing',
      `no PRIMARY yet: ${reached} of ${set.members.length} members answer, they elect one`,
    );
  return degraded(
    'NoPrimary',
    `no PRIMARY, and there will be none: ${reached} of ${set.members.length} members answer, a majority is ${majority}${away(hosts)}; start them, or take the lost site's out of the configuration: rs.reconfig(…, {force: true})`,
  );
}

function away(hosts: string): string {
  return hosts === '' ? '' : `; these do not answer: ${hosts}`;
}

function judgeOtherState(set: MongoSet, hosts: string): Verdict {
  if (set.state === 10) return notInConfig(hosts);
  const name = states.get(set.state) ?? `state ${set.state}`;
  const why = new Map([
    [0, 'it reads the configuration of its replica set, and waits for its hosts to be found'],
    [3, 'it catches up and serves no reads'],
    [5, 'it copies all data from another member (initial sync): its own volume was empty'],
    [9, 'it rolls back writes that the new primary does not have'],
  ]).get(set.state);
  if (why !== undefined) return progressing('MemberNotReady', `it is in ${name}: ${why}${away(hosts)}`);
  return degraded('MemberNotReady', `it is in ${name}, which is neither PRIMARY nor SECONDARY${away(hosts)}`);
}
