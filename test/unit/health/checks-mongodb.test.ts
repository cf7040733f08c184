import { describe, expect, it } from 'vitest';
import { mongodb } from '../../../src/health/checks/mongodb.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { ExecOptions, ExecResult, KubeClient } from '../../../src/kube/types.ts';
import { contextOf, fakeKube, pod } from './check-kube.ts';

/**
 * What MongoDB documents for hello and replSetGetStatus, as the script prints it: replica sets have no stand-in that runs
 * here. What FerretDB really answers is in test/drill/databases-queues.test.ts.
 */
const a = 'mongo-0.mongo.shop-data.svc.cluster.local:27017';
const b = 'mongo-1.mongo.shop-data.svc.cluster.local:27017';
const c = 'db3.old-site.example.org:27017';

const up = (host: string, state: number) => ({ host, state, health: 1 });
const down = (host: string) => ({ host, state: 8, health: 0 });

const primary = {
  hello: { writable: true, secondary: false, set: 'rs0', router: false },
  status: { state: 1, members: [up(a, 1), up(b, 2), up(c, 2)] },
  config: [{ host: a }, { host: b }, { host: c }],
};
const secondary = (members: readonly object[]) => ({
  hello: { writable: false, secondary: true, set: 'rs0', router: false },
  status: { state: 2, members },
});
const refused = (code: number, more: object = {}) => ({
  hello: { writable: false, secondary: false, router: false },
  status: { code },
  ...more,
});

function execSaying(answer: object | Partial<ExecResult>, programs = ['mongosh']) {
  const asked: ExecOptions[] = [];
  const exec: KubeClient['exec'] = (options) => {
    asked.push(options);
    const program = options.command.find((word) => word === 'mongosh' || word === 'mongo') ?? '';
    if (!programs.includes(program))
      return Promise.reject(new KubeError('no such program', { code: 500, reason: 'CommandNotFound' }));
    const said = 'stderr' in answer ? answer : { stdout: `Warning: noise\nrekindle ${JSON.stringify(answer)}\n` };
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', cut: false, ...said });
  };
  return { exec, asked };
}

function judge(answer: object, more: object = {}, programs?: string[]) {
  const kube = fakeKube({ objects: [pod('mongo-0')], exec: execSaying(answer, programs).exec });
  return mongodb.observe(contextOf(kube), mongodb.spec.parse({ podSelector: { app: 'orders-db' }, ...more }));
}

const data = { database: 'shop', collection: 'users' };

describe('mongodb', () => {
  it('climbs to the documents of a primary', async () => {
    const seen = await judge({ ...primary, count: 715 }, { replicaSet: 'rs0', members: 3, data });

    expect(seen).toEqual({
      verdict: 'Healthy',
      reason: 'DataAsExpected',
      message: 'pod ready, accepts connections, role primary, data: collection users has 715 documents',
    });
  });

  it('asks the old shell where the new one is not there, and says when there is neither', async () => {
    expect((await judge(primary, {}, ['mongo'])).verdict).toBe('Healthy');
    expect(await judge(primary, {}, [])).toMatchObject({
      verdict: 'Degraded',
      reason: 'CommandNotFound',
      message: expect.stringContaining('neither mongosh nor mongo') as string,
    });
  });

  it.each([
    {
      what: 'the hosts of the dead site',
      answer: refused(93, { config: [{ host: a }, { host: b }, { host: c }] }),
      more: {},
      reason: 'NotInConfig',
      says: [
        'none of its members (REMOVED, "not in config")',
        'mongo-0.mongo.shop-data.svc.cluster.local (Pod shop-data/mongo-0 is here)',
        'mongo-1.mongo.shop-data.svc.cluster.local (there is no Pod shop-data/mongo-1 here)',
        'db3.old-site.example.org (outside this cluster)',
        'rs.reconfig(…, {force: true})',
      ],
    },
    {
      what: 'no majority, since two members are on the dead site',
      answer: secondary([up(a, 2), down(b), down(c)]),
      more: {},
      reason: 'NoPrimary',
      says: [
        '1 of 3 members answer, a majority is 2',
        'there is no Pod shop-data/mongo-1 here',
        'outside this cluster',
      ],
    },
    {
      what: 'an election',
      answer: secondary([up(a, 2), up(b, 2), down(c)]),
      more: {},
      verdict: 'Progressing',
      reason: 'Electing',
      says: ['no PRIMARY yet: 2 of 3 members answer, they elect one'],
    },
    {
      what: 'a secondary where the primary is wanted',
      answer: secondary([up(a, 2), up(b, 1), up(c, 2)]),
      more: {},
      reason: 'IsReplica',
      says: [`it is a SECONDARY where the plan wants the primary, which is ${b}`],
    },
    {
      what: 'a primary where a replica is wanted',
      answer: primary,
      more: { role: 'replica' },
      reason: 'IsPrimary',
      says: ['it is the PRIMARY where the plan wants a replica'],
    },
    {
      what: 'another replica set',
      answer: primary,
      more: { replicaSet: 'orders' },
      reason: 'OtherReplicaSet',
      says: ["belongs to the replica set rs0, expected orders: its volume is another cluster's"],
    },
    {
      what: 'too few members',
      answer: { ...primary, status: { state: 1, members: [up(a, 1), up(b, 2), down(c)] } },
      more: { members: 3 },
      reason: 'MembersAway',
      says: ['2 of 3 members answer it, expected 3', 'db3.old-site.example.org (outside this cluster)'],
    },
    {
      what: 'a set that was never initiated: an empty volume',
      answer: refused(94),
      more: {},
      reason: 'NotInitiated',
      says: ['its volume is empty or another one than the restored'],
    },
    {
      what: 'the data of a set without --replSet',
      answer: refused(76, { config: [{ host: a }], hello: { writable: true } }),
      more: {},
      reason: 'OutsideItsSet',
      says: ['started without --replSet', 'Pod shop-data/mongo-0 is here'],
    },
    {
      what: 'no replica set where one is wanted',
      answer: refused(76, { hello: { writable: true } }),
      more: { replicaSet: 'rs0' },
      reason: 'NoReplicaSet',
      says: ['it runs alone, without a replica set, expected rs0'],
    },
    {
      what: 'an initial sync',
      answer: { hello: {}, status: { state: 5, members: [up(a, 5), up(b, 1)] } },
      more: {},
      verdict: 'Progressing',
      reason: 'MemberNotReady',
      says: ['it is in STARTUP2: it copies all data from another member (initial sync): its own volume was empty'],
    },
    {
      what: 'a wrong password',
      answer: { login: { code: 18 } },
      more: {},
      reason: 'WrongPassword',
      says: ['users are in the data (admin.system.users)'],
    },
    {
      what: 'no server',
      answer: { exitCode: 1, stderr: 'MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017' },
      more: {},
      verdict: 'Progressing',
      reason: 'NotListening',
      says: ['it replays its journal before it does'],
    },
    {
      what: 'TLS',
      answer: { exitCode: 1, stderr: 'MongoServerSelectionError: SSL handshake failed secret-text' },
      more: {},
      reason: 'Tls',
      says: ['write args'],
    },
    {
      what: 'a healthy and empty database',
      answer: { ...primary, count: 0 },
      more: { data },
      reason: 'EmptyDatabase',
      says: ['data: collection users has no document', 'a healthy but empty database'],
    },
    {
      what: 'too few documents',
      answer: { ...primary, count: 714 },
      more: { data: { ...data, filter: { paid: true }, expect: { atLeast: 715 } } },
      reason: 'OtherCount',
      says: ['collection users has 714 documents that the filter takes, expected at least 715'],
    },
    {
      what: 'a user who may not read',
      answer: { ...primary, count: { code: 13 } },
      more: { data },
      reason: 'PermissionDenied',
      says: ['the user may not read collection users'],
    },
    {
      what: 'a count that takes too long',
      answer: { ...primary, count: { code: 50 } },
      more: { data },
      verdict: 'Unknown',
      reason: 'QueryTooSlow',
      says: ["was not counted within the attempt's time limit"],
    },
  ])('says so: $what', async ({ answer, more, verdict = 'Degraded', reason, says }) => {
    const seen = await judge(answer, more);

    expect(seen).toMatchObject({ verdict, reason });
    for (const text of says) expect(seen.message).toContain(text);
    expect(seen.message).not.toContain('secret-text');
  });

  it('takes a server that runs alone, and notes members that a primary does without', async () => {
    expect(await judge(refused(76, { hello: { writable: true } }))).toMatchObject({
      verdict: 'Healthy',
      reason: 'Standalone',
    });
    const seen = await judge({ ...primary, status: { state: 1, members: [up(a, 1), up(b, 2), down(c)] } });

    expect(seen.verdict).toBe('Healthy');
    expect(seen.message).toContain(
      'note: these members do not answer: db3.old-site.example.org (outside this cluster)',
    );
  });

  it('takes the word of hello where the user may not see the set, and says so', async () => {
    const answer = { hello: { writable: true, set: 'rs0' }, status: { code: 13 } };
    const seen = await judge(answer);

    expect(seen).toMatchObject({ verdict: 'Healthy', reason: 'IsPrimary' });
    expect(seen.message).toContain('give it the role clusterMonitor');
    expect((await judge(answer, { role: 'replica' })).verdict).toBe('Degraded');
  });

  it('hands the filter over as one literal and the password never', async () => {
    const { exec, asked } = execSaying(primary);
    const filter = { name: `"); quit(); //\u2028`, total: { $gt: 3 } };
    const spec = mongodb.spec.parse({
      podSelector: { app: 'orders-db' },
      user: 'root',
      password: { env: 'MONGO_PASSWORD' },
      data: { ...data, filter },
    });
    await mongodb.observe(contextOf(fakeKube({ objects: [pod('mongo-0')], exec })), spec);
    const script = asked[0]?.command.at(-1) ?? '';
    const literal = /^var wanted = (.*);$/m.exec(script)?.[1] ?? '';

    expect(JSON.parse(literal)).toMatchObject({ filter, user: 'root', authDatabase: 'admin' });
    expect(literal).not.toContain('\u2028');
    expect(asked[0]?.command.slice(0, 2)).toEqual(['sh', '-c']);
  });

  it.each([
    { more: { args: ['--password=x'] }, says: 'args are options for TLS' },
    { more: { args: ['--eval'] }, says: 'args are options for TLS' },
    { more: { user: 'root' }, says: 'user and password together' },
    { more: { data: { database: 'a/b', collection: 'c' } }, says: 'a database is a name' },
    { more: { data: { database: 'a', collection: 'system.users' } }, says: 'not beginning with system.' },
    { more: { data: { ...data, expect: { atLeast: 3, atMost: 2 } } }, says: 'atLeast above atMost' },
  ])('refuses $more', ({ more, says }) => {
    const parsed = mongodb.spec.safeParse({ podSelector: { app: 'orders-db' }, ...more });

    expect(JSON.stringify(parsed.error?.issues)).toContain(says);
  });
});
