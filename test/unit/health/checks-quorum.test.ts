import { describe, expect, it } from 'vitest';
import { quorum } from '../../../src/health/checks/quorum.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { contextOf, fakeKube, pod } from './check-kube.ts';

const zone = 'topology.kubernetes.io/zone';

function node(name: string, labels: { readonly [key: string]: string }): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
}

function on(nodeName: string, member: KubeObject): KubeObject {
  return { ...member, spec: { ...Object(member['spec']), nodeName } };
}

const nodes = [
  node('node-1', { [zone]: 'a', 'kubernetes.io/hostname': 'node-1' }),
  node('node-2', { [zone]: 'b', 'kubernetes.io/hostname': 'node-2' }),
  node('node-3', { [zone]: 'c', 'kubernetes.io/hostname': 'node-3', 'example.com/rack': 'r1' }),
  node('node-4', { [zone]: 'a', 'kubernetes.io/hostname': 'node-4' }),
];

const spread = [on('node-1', pod('etcd-0')), on('node-2', pod('etcd-1')), on('node-3', pod('etcd-2'))];
const close = [on('node-1', pod('etcd-0')), on('node-4', pod('etcd-1')), on('node-3', pod('etcd-2'))];

function parse(more: object) {
  return quorum.spec.parse({ podSelector: { app: 'orders-db' }, members: 3, ...more });
}

function judge(pods: readonly KubeObject[], more: object = {}) {
  return quorum.observe(contextOf(fakeKube({ objects: [...nodes, ...pods] })), parse(more));
}

describe('quorum', () => {
  it('passes with all members ready, one in each zone', async () => {
    expect(await judge(spread)).toEqual({
      verdict: 'Healthy',
      reason: 'Quorum',
      message: `3 of 3 members are ready, a majority is 2, in 3 domains of ${zone}`,
    });
  });

  it('passes with a majority, unless more members are asked for', async () => {
    const pods = [...spread.slice(0, 2), on('node-3', pod('etcd-2', { ready: false }))];

    expect((await judge(pods)).verdict).toBe('Healthy');
    expect(await judge(pods, { ready: 3 })).toEqual({
      verdict: 'Degraded',
      reason: 'MembersNotReady',
      message: 'expected 3 ready members: 2 of 3 members are ready: etcd-2 is Running, not ready',
    });
  });

  it.each([
    {
      what: 'members that are not ready',
      pods: [...spread.slice(0, 1), pod('etcd-1', { ready: false, phase: 'Pending' }), pod('etcd-2', { ready: false })],
      says: 'the majority of 2 is not there: 1 of 3 members are ready: etcd-1 is Pending, etcd-2 is Running, not ready',
    },
    {
      what: 'members without a pod',
      pods: spread.slice(0, 1),
      says: 'the majority of 2 is not there: 1 of 3 members are ready: 2 without a pod',
    },
    {
      what: 'a member that is going',
      pods: [...spread.slice(0, 1), pod('etcd-1', { leaving: true })],
      says: 'the majority of 2 is not there: 1 of 3 members are ready: 2 without a pod',
    },
  ])('is lost with $what', async ({ pods, says }) => {
    expect(await judge(pods)).toEqual({ verdict: 'Degraded', reason: 'NoQuorum', message: says });
  });

  it('does not pass over nothing, nor over more pods than there are members', async () => {
    expect(await judge([])).toMatchObject({ verdict: 'Missing', reason: 'NoPod' });
    expect(await judge([...spread, pod('other-0')])).toMatchObject({ verdict: 'Degraded', reason: 'TooManyMembers' });
  });

  it('says which domain holds too many, by zone unless told', async () => {
    expect(await judge(close)).toEqual({
      verdict: 'Degraded',
      reason: 'LostWithOneDomain',
      message: `3 members bear the loss of 1, and ${zone} a alone holds 2: a (2), c (1); spread them, or write minDomains or spreadOver: host`,
    });
    expect((await judge(close, { spreadOver: 'host' })).verdict).toBe('Healthy');
    expect((await judge(close, { spreadOver: 'none' })).verdict).toBe('Healthy');
    expect((await judge(close, { minDomains: 2 })).verdict).toBe('Healthy');
    expect(await judge(close, { minDomains: 3 })).toMatchObject({
      verdict: 'Degraded',
      reason: 'TooFewDomains',
      message: `expected members in 3 domains of ${zone}, found a (2), c (1)`,
    });
  });

  it('does not guess the domain of a node that does not say', async () => {
    expect(await judge(spread, { spreadOver: 'example.com/rack' })).toEqual({
      verdict: 'Unknown',
      reason: 'NoDomain',
      message:
        'the node of etcd-0, etcd-1 has no label example.com/rack; label the nodes, or write spreadOver: host or none',
    });
  });

  it('takes one member alone wherever it is', async () => {
    expect((await judge(close.slice(0, 1), { members: 1 })).verdict).toBe('Healthy');
  });

  it.each([
    { more: { members: 4 }, says: 'an even number of members' },
    { more: { ready: 1 }, says: 'ready is at least a majority' },
    { more: { ready: 4 }, says: 'ready is at least a majority' },
    { more: { minDomains: 4 }, says: 'minDomains is at most' },
    { more: { spreadOver: 'none', minDomains: 2 }, says: 'minDomains is at most' },
    { more: { spreadOver: 'zones' }, says: 'write zone, region, host, none' },
  ])('refuses $more', ({ more, says }) => {
    expect(() => parse(more)).toThrow(says);
  });

  it('takes an even number when the plan accepts it, and still asks for more than half', async () => {
    const two = await judge(spread.slice(0, 2), { members: 4, allowEven: true });

    expect(two).toMatchObject({ reason: 'NoQuorum' });
    expect((await judge(spread, { members: 4, allowEven: true })).verdict).toBe('Healthy');
  });
});
