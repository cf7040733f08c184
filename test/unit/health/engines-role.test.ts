import { describe, expect, it } from 'vitest';
import { mongodb } from '../../../src/health/checks/mongodb.ts';
import { mysql } from '../../../src/health/checks/mysql.ts';
import { postgres } from '../../../src/health/checks/postgres.ts';
import { redis } from '../../../src/health/checks/redis.ts';
import type { CheckContext } from '../../../src/health/check.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { contextOf, fakeKube, pod } from './check-kube.ts';

const row = (name: string, value: string): string => `Variable_name: ${name}\n        Value: ${value}\n`;
const mongo = (writable: boolean, set: string): string =>
  `rekindle {"hello":{"writable":${writable},"secondary":${!writable},"set":"${set}","router":false},"status":{"state":${writable ? 1 : 2},"members":[{"host":"db-0:27017","state":${writable ? 1 : 2},"health":1}]}}`;

/** What each engine's servers print as primaries and replicas, by a part of the command. */
const engines = {
  postgres: {
    look: (ctx: CheckContext, spec: object) => postgres.observe(ctx, postgres.spec.parse(spec)),
    up: { pg_isready: '' },
    primary: { 'pg_is_in_recovery()': 'role|f|f|0\n' },
    replica: { 'pg_is_in_recovery()': 'role|t|f|1\n' },
    promotion: 'pg_promote()',
  },
  mysql: {
    look: (ctx: CheckContext, spec: object) => mysql.observe(ctx, mysql.spec.parse(spec)),
    up: { ping: '', wsrep_on: '' },
    primary: { 'show replica status': row('read_only', 'OFF') },
    replica: {
      'show replica status': `${row('read_only', 'ON')}Replica_IO_Running: Yes\nReplica_SQL_Running: Yes\n`,
    },
    promotion: 'RESET REPLICA ALL',
  },
  redis: {
    look: (ctx: CheckContext, spec: object) => redis.observe(ctx, redis.spec.parse(spec)),
    up: { ping: 'PONG' },
    primary: { info: 'role:master\r\ncluster_enabled:0\r\n' },
    replica: { info: 'role:slave\r\nmaster_link_status:up\r\ncluster_enabled:0\r\n' },
    promotion: 'REPLICAOF NO ONE',
  },
} as const;
type Name = keyof typeof engines;
const names = ['postgres', 'mysql', 'redis'] as const;

/** What a pod does: a role of its engine, `silent` where its client is refused, or its own answers. */
type Server = 'primary' | 'replica' | 'silent' | { readonly [part: string]: string };

/** Pods db-0, db-1, …; each answers as its server does. */
function cluster(engine: Name, servers: readonly Server[], change = (each: KubeObject): KubeObject => each) {
  const asked: string[] = [];
  const exec: KubeClient['exec'] = ({ pod: name, command }) => {
    asked.push(name);
    const server = servers[Number(name.replace('db-', ''))] ?? 'silent';
    const line = command.join(' ');
    const refused = { exitCode: 2, stdout: '', stderr: 'Could not connect to Redis: connection refused', cut: false };
    if (server === 'silent') return Promise.resolve(refused);
    const { up, ...roles } = engines[engine];
    const acts = Object.entries({ ...up, ...(typeof server === 'string' ? roles[server] : server) });
    const stdout = acts.find(([part]) => line.includes(part))?.[1];
    if (stdout === undefined) return Promise.reject(new Error(`nobody said what to answer to: ${line}`));
    return Promise.resolve({ exitCode: 0, stdout, stderr: '', cut: false });
  };
  const objects = servers.map((_server, index) => change(pod(`db-${index}`)));
  return { ctx: contextOf(fakeKube({ objects, exec, logs: () => Promise.resolve('') })), asked };
}

const selector = { podSelector: { app: 'orders-db' } };

function look(engine: Name, servers: readonly Server[], more: object = {}): Promise<Verdict> {
  return engines[engine].look(cluster(engine, servers).ctx, { ...selector, ...more });
}

describe.each(names)('the pods of %s', (engine) => {
  it('are asked which of them is the primary, wherever it stands', async () => {
    for (const servers of [
      ['primary', 'replica'],
      ['replica', 'primary'],
    ] as const) {
      const { ctx, asked } = cluster(engine, servers);
      const seen = await engines[engine].look(ctx, selector);

      expect(seen).toMatchObject({ verdict: 'Healthy', reason: 'IsPrimary' });
      expect(asked.at(-1)).toBe(`db-${servers.indexOf('primary')}`);
    }
  });

  it('are asked for a replica where one is wanted', async () => {
    expect(await look(engine, ['primary', 'replica'], { role: 'replica' })).toMatchObject({
      verdict: 'Healthy',
      reason: 'IsReplica',
    });
    expect(await look(engine, ['primary', 'silent'], { role: 'replica' })).toMatchObject({
      verdict: 'Progressing',
      reason: 'NoReplica',
    });
  });

  it('that are all replicas are named, with the way to promote one', async () => {
    const seen = await look(engine, ['replica', 'replica']);

    expect(seen).toMatchObject({
      verdict: 'Degraded',
      reason: 'NoPrimary',
      message: expect.stringContaining('says that it is a replica: db-0 (replica), db-1 (replica);'),
    });
    expect(seen.message).toContain(engines[engine].promotion);
  });

  it('are waited for while one of them says nothing, which may be the primary', async () => {
    const seen = await look(engine, ['replica', 'silent']);

    expect(seen).toMatchObject({ verdict: 'Progressing', reason: 'NoPrimary' });
    expect(seen.message).toContain('db-0 (replica), db-1 (');
    expect(seen.message).not.toContain(engines[engine].promotion);
  });

  it('with two primaries are a split brain', async () => {
    const seen = await look(engine, ['primary', 'replica', 'primary']);

    expect(seen).toMatchObject({
      verdict: 'Degraded',
      reason: 'SplitBrain',
      message: expect.stringContaining('2 pods say that they are the primary'),
    });
    expect(seen.message).toContain('db-0 (primary), db-2 (primary)');
    expect(seen.message).not.toContain(engines[engine].promotion);
  });

  it('are gone on with by a primary, and those that say nothing are noted', async () => {
    expect((await look(engine, ['silent', 'primary'])).message).toMatch(
      /it is the primary; note: what these are is not known: db-0 \(\w+\)$/,
    );
  });

  it('of which none says anything are explained by the ladder of the first', async () => {
    expect((await look(engine, ['silent', 'silent'])).reason).not.toBe('NoPrimary');
  });
});

describe('a pod that is asked for its role', () => {
  it('may be one that is not ready: the primary that still starts', async () => {
    const change = (each: KubeObject): KubeObject =>
      each.metadata.name === 'db-1' ? pod('db-1', { ready: false }) : each;
    const { ctx } = cluster('postgres', ['replica', 'primary'], change);

    expect(await postgres.observe(ctx, postgres.spec.parse(selector))).toMatchObject({
      verdict: 'Progressing',
      reason: 'PodNotReady',
      message: expect.stringContaining('shop-data/db-1'),
    });
  });

  it('does not count where it has ended, as of a Job with the same labels', async () => {
    const change = (each: KubeObject): KubeObject =>
      each.metadata.name === 'db-0' ? pod('db-0', { ready: false, phase: 'Succeeded' }) : each;
    const { ctx, asked } = cluster('postgres', ['silent', 'primary'], change);

    expect((await postgres.observe(ctx, postgres.spec.parse(selector))).message).not.toContain('note');
    expect(asked).not.toContain('db-0');
  });

  it.each([
    { engine: 'redis' as const, primary: { info: 'role:master\r\ncluster_enabled:1\r\n' } },
    { engine: 'mysql' as const, primary: { ...engines.mysql.primary, wsrep_on: 'wsrep_on\tON\n' } },
  ])('may share the writes by design: $engine', async ({ engine, primary }) => {
    expect(await look(engine, [primary, primary])).toMatchObject({ verdict: 'Healthy', reason: 'IsPrimary' });
  });

  it('in MongoDB is the one that takes writes, and without one the ladder says why', async () => {
    const judge = (answers: readonly string[]): Promise<Verdict> => {
      const exec: KubeClient['exec'] = ({ pod: name }) =>
        Promise.resolve({ exitCode: 0, stdout: answers[Number(name.at(-1))] ?? '', stderr: '', cut: false });
      const kube = fakeKube({ objects: answers.map((_answer, index) => pod(`db-${index}`)), exec });
      return mongodb.observe(contextOf(kube), mongodb.spec.parse(selector));
    };
    const [first, second] = [mongo(true, 'rs0'), mongo(false, 'rs0')];

    expect(await judge([second, first])).toMatchObject({ verdict: 'Healthy', reason: 'IsPrimary' });
    expect(await judge([first, first])).toMatchObject({ verdict: 'Degraded', reason: 'SplitBrain' });
    expect(await judge([second, second])).toMatchObject({ reason: 'Electing' });
  });
});

describe('a replica that is asked alone', () => {
  it.each(names)('of %s is not to be promoted while a primary answers it', async (engine) => {
    const seen = await look(engine, ['replica'], { pod: 'db-0', podSelector: undefined });

    expect(seen).toMatchObject({ verdict: 'Degraded', reason: 'IsReplica' });
    expect(seen.message).toContain('do not promote it');
    expect(seen.message).not.toContain(engines[engine].promotion);
  });
});
