import { describe, expect, it } from 'vitest';
import { postgres } from '../../../src/health/checks/postgres.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { fakeEngine, type Act } from '../../support/fake-engine.ts';
import { contextOf, fakeKube, pod } from './check-kube.ts';

const up = { pg_isready: '', 'pg_is_in_recovery()': 'role|f|f|0' };

function secret(data: object): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'owner', namespace: 'shop-data' }, data };
}
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function claim(phase: string | undefined): KubeObject {
  const status = phase === undefined ? {} : { phase };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data-0', namespace: 'shop-data' },
    status,
  };
}

async function judge(more: object, acts: { readonly [part: string]: Act } = up, objects: readonly KubeObject[] = []) {
  const engine = fakeEngine(acts, { objects });
  const seen = await postgres.observe(contextOf(engine.kube), postgres.spec.parse({ pod: 'orders-db-1', ...more }));
  return { seen, engine };
}

describe('resources of an engine', () => {
  it.each([
    { objects: [], verdict: 'Missing', says: 'resources exist: PersistentVolumeClaim shop-data/data-0 is not there' },
    { objects: [claim(undefined)], verdict: 'Progressing', says: 'is without a phase, not Bound' },
    { objects: [claim('Pending')], verdict: 'Progressing', says: 'is Pending, not Bound' },
    { objects: [claim('Lost')], verdict: 'Degraded', says: 'is Lost: its volume is gone' },
    { objects: [claim('Bound')], verdict: 'Healthy', says: 'resources exist, pod ready' },
  ])('$says', async ({ objects, verdict, says }) => {
    const { seen } = await judge({ claims: ['data-0'] }, up, objects);

    expect(seen).toMatchObject({ verdict, message: expect.stringContaining(says) });
  });

  it('asks for Secrets before anything else', async () => {
    const { seen, engine } = await judge({ secrets: ['owner'] });

    expect(seen).toMatchObject({ verdict: 'Missing', message: 'resources exist: Secret shop-data/owner is not there' });
    expect(engine.asked).toEqual([]);
  });
});

describe("an engine's password", () => {
  it('comes from a Secret by standard input, never as an argument', async () => {
    const { seen, engine } = await judge({ password: { secretName: 'owner', key: 'pw' } }, up, [
      secret({ pw: base64("it's $HOME\n") }),
    ]);

    expect(seen.verdict).toBe('Healthy');
    for (const { command, stdin } of engine.asked) {
      expect(stdin).toBe("it's $HOME\n");
      expect(command.slice(0, 2)).toEqual(['sh', '-c']);
      expect(command.slice(3, 5)).toEqual(['sh', 'PGPASSWORD']);
      expect(command.join(' ')).not.toContain('HOME');
    }
  });

  it('comes from a variable of the container by its name, as a positional parameter of a constant script', async () => {
    const { engine } = await judge({ password: { env: 'OWNER_PASSWORD' } });
    const other = await judge({ password: { env: 'ANOTHER' } });

    const [first] = engine.asked;
    expect(first?.command.slice(3, 7)).toEqual(['sh', 'PGPASSWORD', 'OWNER_PASSWORD', 'pg_isready']);
    expect(first?.stdin).toBeUndefined();
    expect(other.engine.asked[0]?.command[2]).toBe(first?.command[2]);
  });

  it.each([
    { objects: [], verdict: 'Missing', says: 'Secret shop-data/owner is not there' },
    { objects: [secret({})], verdict: 'Missing', says: 'Secret shop-data/owner has no key pw' },
    { objects: [secret({ pw: base64('\n') })], verdict: 'Degraded', says: 'key pw of Secret shop-data/owner is empty' },
    { objects: [secret({ pw: base64('a\nb') })], verdict: 'Degraded', says: 'has more than one line' },
  ])('$says', async ({ objects, verdict, says }) => {
    const { seen } = await judge({ password: { secretName: 'owner', key: 'pw' } }, up, objects);

    expect(seen).toMatchObject({ verdict, message: expect.stringContaining(says) });
  });

  it.each([
    {
      act: 'absent' as const,
      reason: 'NoShell',
      says: 'container postgres of Pod shop-data/orders-db-1 has no shell (sh)',
    },
    { act: { exitCode: 65 }, reason: 'NoPassword', says: 'has no variable OWNER, or an empty one' },
    { act: { exitCode: 127 }, reason: 'CommandNotFound', says: 'there is no program pg_isready' },
    { act: { exitCode: 126 }, reason: 'CommandNotExecutable', says: 'pg_isready may not be executed' },
  ])('$reason when the shell cannot become the client', async ({ act, reason, says }) => {
    const { seen } = await judge({ password: { env: 'OWNER' } }, { pg_isready: act });

    expect(seen).toMatchObject({ verdict: 'Degraded', reason, message: expect.stringContaining(says) });
  });
});

describe("an engine's pod that is not ready", () => {
  const select = { podSelector: { app: 'orders-db' } };
  const look = async (acts: { readonly [part: string]: Act }, one: KubeObject) => {
    const { kube } = fakeEngine(acts);
    const only = fakeKube({ objects: [one], exec: kube.exec });
    return postgres.observe(contextOf(only), postgres.spec.parse(select));
  };
  const inContainer = (waiting: string): KubeObject => ({
    ...pod('orders-db-1', { ready: false }),
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'postgres', state: { waiting: { reason: waiting } } }],
    },
  });

  it('is told in the words of the engine, which knows why', async () => {
    const stderr = 'FATAL:  the database system is starting up';
    const acts = { pg_isready: { exitCode: 1 }, 'select 1': { exitCode: 2, stderr } };

    expect(await look(acts, pod('orders-db-1', { ready: false }))).toMatchObject({
      verdict: 'Progressing',
      reason: 'ReplayingWal',
      message: expect.stringMatching(
        /^pod ready: Pod shop-data\/orders-db-1 is not ready: PostgreSQL is replaying WAL/,
      ),
    });
  });

  it('waits for its probe when the engine is well', async () => {
    expect(await look(up, pod('orders-db-1', { ready: false }))).toMatchObject({
      verdict: 'Progressing',
      reason: 'PodNotReady',
    });
  });

  it.each([
    { waiting: 'CrashLoopBackOff', verdict: 'Degraded' },
    { waiting: 'ContainerCreating', verdict: 'Progressing' },
  ])('is told by its container: $waiting', async ({ waiting, verdict }) => {
    expect(await look({}, inContainer(waiting))).toMatchObject({ verdict, reason: waiting });
  });

  it('is told by its phase before it runs', async () => {
    expect(await look({}, pod('orders-db-1', { phase: 'Pending', ready: false }))).toMatchObject({
      verdict: 'Progressing',
      reason: 'PodNotRunning',
      message: expect.stringMatching(/^pod ready: no Pod with app=orders-db in namespace shop-data runs/),
    });
  });
});

describe('pods of a CloudNativePG cluster', () => {
  const member = (name: string, labels: { readonly [label: string]: string }): KubeObject => ({
    ...pod(name),
    metadata: { name, namespace: 'shop-data', labels: { 'cnpg.io/cluster': 'orders', ...labels } },
    spec: { containers: [{ name: 'sidecar' }, { name: 'postgres' }] },
  });
  const select = { 'cnpg.io/cluster': 'orders' };
  const ask = async (podSelector: object, members: readonly KubeObject[], role?: string) => {
    const { kube, asked } = fakeEngine(up);
    const spec = postgres.spec.parse({ podSelector, ...(role === undefined ? {} : { role }) });
    const seen = await postgres.observe(contextOf(fakeKube({ objects: members, exec: kube.exec })), spec);
    return {
      seen,
      pods: new Set(asked.map((each) => each.pod)),
      containers: new Set(asked.map((each) => each.container)),
    };
  };
  const now = [
    member('orders-1', { 'cnpg.io/instanceRole': 'replica' }),
    member('orders-2', { 'cnpg.io/instanceRole': 'primary' }),
  ];
  const before = [member('orders-1', { role: 'replica' }), member('orders-2', { role: 'primary' })];

  it.each([
    { members: now, role: undefined, chosen: 'orders-2' },
    { members: now, role: 'replica', chosen: 'orders-1' },
    { members: before, role: undefined, chosen: 'orders-2' },
    { members: [member('orders-3', {})], role: undefined, chosen: 'orders-3' },
  ])('are asked by their role ($role): $chosen, in container postgres', async ({ members, role, chosen }) => {
    const { pods, containers } = await ask(select, members, role);

    expect([...pods]).toEqual([chosen]);
    expect([...containers]).toEqual(['postgres']);
  });

  it('are waited for while none of them has the role', async () => {
    const { seen } = await ask(select, now.slice(0, 1));

    expect(seen).toMatchObject({
      verdict: 'Progressing',
      reason: 'NoPrimary',
      message: expect.stringContaining(
        'no Pod with cnpg.io/cluster=orders in namespace shop-data is labelled as the primary: orders-1 is Running',
      ),
    });
  });

  it('are taken as the plan says when it names the label of the role itself', async () => {
    const { pods } = await ask({ ...select, 'cnpg.io/instanceRole': 'replica' }, now);

    expect([...pods]).toEqual(['orders-1']);
  });
});
