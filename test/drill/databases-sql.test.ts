import { beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../../lab/images/recipes.ts';
import { waitHealthyCluster, waitUntil } from '../../lab/sites/cluster.ts';
import { applyWhenAdmitted, installOperator } from '../../lab/sites/operator.ts';
import { recordSums } from '../../src/health/checks/data-checksum.ts';
import { checks } from '../../src/health/checks/registry.ts';
import { sumLine } from '../../src/health/engines/checksum.ts';
import { clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import type { CheckType } from '../../src/model/plan.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { contextOf } from '../unit/health/check-kube.ts';
import {
  bringPods,
  goOnRecovering,
  namespace,
  password,
  reloadSlowly,
  script,
  second,
  startMariadb,
  startPostgres,
  startRecovering,
  startRedis,
  startStandby,
  stopInRecovery,
} from '../support/database-pods.ts';
import { useSite } from '../support/site.ts';

const site = useSite();
let kube: KubeClient;

/** One look of a check at a real engine, as a gate takes it. */
async function ask(type: CheckType, spec: object): Promise<Verdict> {
  const check = checks[type];
  const signal = AbortSignal.timeout(60_000);
  const seen = await check.observe(
    { ...contextOf(kube, signal), attemptTimeoutMs: 60_000 },
    check.spec.parse({ namespace, ...spec }) as never,
  );
  expect(`${seen.reason} ${seen.message}`).not.toContain(password);
  return seen;
}

/** Asks until the reason is this one. */
async function askUntil(type: CheckType, spec: object, reason: string): Promise<Verdict> {
  let seen: Verdict | undefined;
  await waitUntil(`${type} does not come to ${reason}`, 120_000, async () => {
    seen = await ask(type, spec);
    return seen.reason === reason ? undefined : `${seen.verdict} ${seen.reason}: ${seen.message}`;
  });
  if (seen === undefined) throw new Error('nothing was asked');
  return seen;
}

beforeAll(async () => {
  const { kubeconfig, context } = site();
  kube = clustersFromKubeconfig(kubeconfig).client(context);
  await Promise.all([bringPods(kube), installOperator(kube)]);
  await applyWhenAdmitted(kube, [
    {
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'invoices', namespace },
      spec: {
        instances: 2,
        imageName: reference('postgresql:15'),
        imagePullPolicy: 'IfNotPresent',
        postgresUID: 826,
        postgresGID: 826,
        storage: { storageClass: 'lab', size: '1Gi' },
        resources: { requests: { cpu: '20m', memory: '128Mi' } },
        postgresql: { parameters: { shared_buffers: '32MB', max_connections: '50' } },
        bootstrap: { initdb: { database: 'invoices', owner: 'invoices', localeCollate: 'C', localeCType: 'C' } },
      },
    },
  ]);
  await Promise.all([
    script(kube, 'postgres', startPostgres),
    script(kube, 'mariadb', startMariadb),
    script(kube, 'redis', startRedis),
  ]);
});

const main = { pod: 'postgres', host: '/tmp', database: 'shop' };
const secretPassword = { secretName: 'store-password', key: 'password' };
const envPassword = { env: 'STORE_PASSWORD' };

describe('PostgreSQL', () => {
  const sql = (statement: string): Promise<string> =>
    script(kube, 'postgres', `psql -qXAt -h /tmp -U postgres -d shop -c "${statement}"`);

  it('climbs to the data, whichever way the password comes', async () => {
    const data = { table: 'orders', expect: { atLeast: 1000 } };

    expect(await ask('postgres', { ...main, secrets: ['store-password'], data })).toEqual({
      verdict: 'Healthy',
      reason: 'DataAsExpected',
      message: 'resources exist, pod ready, accepts connections, role primary, data: table orders has 1000 rows',
    });
    for (const way of [secretPassword, envPassword])
      expect(await ask('postgres', { ...main, user: 'app', password: way, data })).toMatchObject({
        verdict: 'Healthy',
      });
    expect(
      await ask('postgres', { ...main, data: { query: 'select max(id) from orders', expect: { equals: '1000' } } }),
    ).toMatchObject({
      verdict: 'Healthy',
    });
  });

  it.each([
    {
      more: { user: 'app', password: { secretName: 'old-password', key: 'password' } },
      reason: 'WrongPassword',
      says: 'refuses the password of app',
    },
    { more: { user: 'app' }, reason: 'WrongPassword', says: 'the passwords of the day of the backup' },
    { more: { user: 'app', password: { env: 'NO_SUCH' } }, reason: 'NoPassword', says: 'has no variable NO_SUCH' },
    {
      more: { user: 'app', password: { secretName: 'none', key: 'password' } },
      reason: 'NoSecret',
      says: 'Secret stores/none is not there',
    },
    { more: { user: 'nobody' }, reason: 'NoSuchRole', says: 'has no role nobody' },
    { more: { database: 'lost' }, reason: 'EmptyDatabase', says: 'there is no database lost' },
    {
      more: { database: 'blank', data: { table: 'orders' } },
      reason: 'EmptyDatabase',
      says: 'table orders is not there in database blank: a healthy but empty database',
    },
    { more: { data: { table: 'drafts' } }, reason: 'EmptyDatabase', says: 'table drafts has no row' },
    {
      more: { data: { table: 'orders', expect: { atLeast: 1001 } } },
      reason: 'OtherRows',
      says: 'has 1000 rows, expected at least 1001',
    },
    {
      more: { data: { query: 'delete from orders', expect: { atLeast: 1 } } },
      reason: 'QueryWrites',
      says: 'a check only reads',
    },
    { more: { port: 5499 }, reason: 'NotListening', says: 'no PostgreSQL answers there' },
    {
      more: { container: 'sidecar' },
      reason: 'NoSuchContainer',
      says: 'has no container sidecar; it has postgres, beside',
    },
    { more: { container: 'beside' }, reason: 'CommandNotFound', says: 'there is no program pg_isready' },
    {
      more: { container: 'beside', password: secretPassword },
      reason: 'CommandNotFound',
      says: 'there is no program pg_isready',
    },
    {
      more: { pod: undefined, podSelector: { app: 'elsewhere' } },
      reason: 'NoPod',
      says: 'there is no Pod with app=elsewhere in namespace stores',
    },
    {
      more: { claims: ['orders-data'] },
      reason: 'NotFound',
      says: 'resources exist: PersistentVolumeClaim stores/orders-data is not there',
    },
    { more: { role: 'replica' }, reason: 'IsPrimary', says: 'two primaries grow apart' },
  ])('$reason: $says', async ({ more, reason, says }) => {
    const seen = await ask('postgres', { ...main, ...more });

    expect(seen).toMatchObject({ reason, message: expect.stringContaining(says) });
    expect(seen.verdict).not.toBe('Healthy');
    expect(await sql('select count(*) from orders')).toBe('1000');
  });

  it('says that a container without a shell gets no password', async () => {
    const operator = { namespace: 'cnpg-system', podSelector: { 'app.kubernetes.io/name': 'cloudnative-pg' } };

    expect(await ask('postgres', { ...operator, password: { env: 'PATH' } })).toMatchObject({
      verdict: 'Degraded',
      reason: 'NoShell',
    });
    expect(await ask('postgres', operator)).toMatchObject({ verdict: 'Degraded', reason: 'CommandNotFound' });
  });

  it('waits while WAL is replayed, before and after it is readable, and passes when that is over', async () => {
    const restored = { ...main, port: 5433, data: { table: 'drafts', expect: { equals: '200' } } };
    await script(kube, 'postgres', startRecovering);

    const starting = await askUntil('postgres', restored, 'ReplayingWal');
    expect(starting).toMatchObject({
      verdict: 'Progressing',
      message: expect.stringContaining(
        'accepts connections: PostgreSQL is replaying WAL (pg_isready says 1 all the while); wait',
      ),
    });

    await script(kube, 'postgres', 'touch /data/first');
    await waitUntil('the first segment is not replayed', 60_000, async () => {
      const { message } = await ask('postgres', restored);
      return message.includes('its data is not yet consistent') ? undefined : message;
    });

    await script(kube, 'postgres', 'touch /data/rest');
    expect((await askUntil('postgres', restored, 'DataAsExpected')).message).toContain('table drafts has 200 rows');
    await sql('truncate drafts');
  });

  it('tells a replica from a primary, and a slot that holds WAL', async () => {
    await script(kube, 'postgres', startStandby);
    const standby = { ...main, port: 5434 };

    expect(await ask('postgres', standby)).toMatchObject({
      verdict: 'Degraded',
      reason: 'IsReplica',
      message: expect.stringContaining(
        'role primary: it is a replica (pg_is_in_recovery() is true) where the plan wants the primary',
      ),
    });
    expect(
      await askUntil('postgres', { ...standby, role: 'replica', data: { table: 'orders' } }, 'DataAsExpected'),
    ).toMatchObject({
      message: expect.not.stringContaining('note'),
    });
    expect(await ask('postgres', { ...main, replicationSlots: 'refused' })).toMatchObject({ verdict: 'Healthy' });

    await script(kube, 'postgres', 'pg_ctl --pgdata=/data/standby --mode=fast --wait stop >/dev/null');
    await sql('create table wal as select repeat(md5(i::text), 99) from generate_series(1, 2000) i');

    const holds = /slot standby has no reader and holds \d+\.\d MiB of WAL.*pg_drop_replication_slot\('standby'\)/;
    expect(await ask('postgres', main)).toMatchObject({ verdict: 'Healthy', message: expect.stringMatching(holds) });
    expect(await ask('postgres', { ...main, replicationSlots: 'refused' })).toMatchObject({
      verdict: 'Degraded',
      reason: 'SlotHoldsWal',
      message: expect.stringMatching(holds),
    });
  });

  it('knows a table by its checksum, and sees one changed and one lost row', async () => {
    const spec = { engine: 'postgres', ...main, user: 'app', password: secretPassword };
    const manifest = await record({ ...spec, names: ['orders'] }, 'orders');
    const check = { ...spec, manifest, names: ['orders'] };

    expect(await ask('dataChecksum', check)).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringContaining('checksums equal: orders: 1000 rows as recorded'),
    });
    await sql("update orders set customer = 'another' where id = 500");
    expect(await ask('dataChecksum', check)).toMatchObject({
      verdict: 'Degraded',
      reason: 'ChecksumDiffers',
      message: expect.stringContaining('orders has 1000 rows as recorded, but not the same'),
    });
    await sql('delete from orders where id = 500');
    expect((await ask('dataChecksum', check)).message).toContain('orders has 999 rows where 1000 were recorded');
    // A row that comes back is the same, wherever it lies in the file now.
    await sql(
      "insert into orders select 500, 'customer ' || 500 % 97, '2026-01-01'::timestamptz + 500 * interval '7 minutes', 500 / 7.0, decode(md5('500'), 'hex')",
    );
    expect(await ask('dataChecksum', check)).toMatchObject({ verdict: 'Healthy' });
    expect(await ask('dataChecksum', { ...check, names: ['orders', 'drafts'] })).toMatchObject({
      reason: 'NotRecorded',
    });
  });
});

/** Records names as `rekindle record` does, into a ConfigMap. */
async function record(spec: object, name: string): Promise<{ readonly configMap: string; readonly key: string }> {
  const manifest = { configMap: `sums-${name}`, key: 'sums' };
  const parsed = checks.dataChecksum.spec.parse({ namespace, ...spec, manifest });
  const sums = await recordSums(contextOf(kube, AbortSignal.timeout(60_000)), parsed);
  if ('verdict' in sums) throw new Error(sums.verdict.message);
  const lines = [...sums].map(([each, sum]) => sumLine(each, sum)).join('\n');
  await kube.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: manifest.configMap, namespace }, data: { sums: lines } },
    { fieldManager: 'test', force: true },
  );
  return manifest;
}

describe('PostgreSQL under CloudNativePG', () => {
  const cluster = { podSelector: { 'cnpg.io/cluster': 'invoices' }, database: 'invoices' };

  beforeAll(() => waitHealthyCluster(kube, namespace, 'invoices', 300_000));

  it('asks the primary among its pods, or the replica where one is wanted', async () => {
    const claims = ['invoices-1', 'invoices-2'];
    expect(await ask('postgres', { ...cluster, claims, replicationSlots: 'refused' })).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringContaining('role primary: it is the primary'),
    });
    expect(await ask('postgres', { ...cluster, role: 'replica' })).toMatchObject({
      verdict: 'Healthy',
      message: expect.stringMatching(/role replica: it is a replica$/),
    });
  });

  it('sees a replica where the plan insists on it as the primary, and the empty database', async () => {
    const replica = { 'cnpg.io/cluster': 'invoices', 'cnpg.io/instanceRole': 'replica' };

    expect(await ask('postgres', { ...cluster, podSelector: replica })).toMatchObject({ reason: 'IsReplica' });
    expect(await ask('postgres', { ...cluster, data: { table: 'invoices' } })).toMatchObject({
      verdict: 'Degraded',
      reason: 'EmptyDatabase',
    });
  });
});

describe('MariaDB', () => {
  const first = { pod: 'mariadb', socket: '/tmp/first.sock', user: 'mysql', database: 'shop' };
  const other = { ...first, socket: '/tmp/second.sock', database: undefined };

  it('climbs to the data, whichever way the password comes', async () => {
    const data = { table: 'books', expect: { atLeast: 500 } };

    expect((await ask('mysql', { ...first, data })).message).toBe(
      'pod ready, accepts connections, role primary, data: table books has 500 rows',
    );
    for (const way of [secretPassword, envPassword])
      expect(await ask('mysql', { ...first, user: 'app', password: way, data })).toMatchObject({
        verdict: 'Healthy',
        message: expect.stringContaining('the user may not ask for the replica status'),
      });
  });

  it.each([
    { more: { user: 'app', password: { secretName: 'old-password', key: 'password' } }, reason: 'WrongPassword' },
    { more: { user: 'app' }, reason: 'WrongPassword' },
    { more: { database: 'lost', data: { table: 'books' } }, reason: 'EmptyDatabase' },
    { more: { database: 'blank', data: { table: 'books' } }, reason: 'EmptyDatabase' },
    { more: { data: { table: 'drafts' } }, reason: 'EmptyDatabase' },
    { more: { data: { query: 'delete from books', expect: { atLeast: 1 } } }, reason: 'QueryWrites' },
    { more: { socket: '/tmp/none.sock' }, reason: 'NotListening' },
    { more: { defaultsFile: '/none.cnf' }, reason: 'NoDefaultsFile' },
    { more: { container: 'beside' }, reason: 'CommandNotFound' },
    { more: { role: 'replica' }, reason: 'IsPrimary' },
  ])('$reason with $more', async ({ more, reason }) => {
    const seen = await ask('mysql', { ...first, ...more });

    expect(seen).toMatchObject({ reason });
    expect(seen.verdict).not.toBe('Healthy');
  });

  it('tells a replica from a primary, and a binlog position that the primary does not have', async () => {
    await script(kube, 'mariadb', second('set global read_only = 1'));
    expect(await ask('mysql', other)).toMatchObject({ verdict: 'Degraded', reason: 'ReadOnly' });

    const follow = (position: string): string =>
      second(
        `stop slave; change master to master_host = '127.0.0.1', master_port = 3306, master_user = 'follower', master_password = '${password}', ${position}, master_use_gtid = no; start slave`,
      );
    await script(kube, 'mariadb', follow("master_log_file = 'bin.000001', master_log_pos = 4"));
    expect(await ask('mysql', other)).toMatchObject({
      verdict: 'Degraded',
      reason: 'IsReplica',
      message: expect.stringContaining('do not let it reconnect'),
    });
    const replica = { ...other, role: 'replica', data: { table: 'shop.books', expect: { equals: '500' } } };
    expect((await askUntil('mysql', replica, 'DataAsExpected')).message).toContain('rebuild it if it was restored');

    await script(kube, 'mariadb', follow("master_log_file = 'bin.000009', master_log_pos = 99999"));
    expect(await askUntil('mysql', replica, 'StaleBinlogPosition')).toMatchObject({ verdict: 'Degraded' });
  });

  it('knows a table by its checksum, and sees one changed row', async () => {
    const spec = { engine: 'mysql', ...first };
    const check = { ...spec, manifest: await record({ ...spec, names: ['books'] }, 'books'), names: ['books'] };
    const sql = (statement: string): Promise<string> =>
      script(kube, 'mariadb', `mariadb --no-defaults --user=mysql --socket=/tmp/first.sock shop -e "${statement}"`);

    expect((await ask('dataChecksum', check)).message).toContain('books: 500 rows as recorded');
    await sql('update books set odd = odd ^ 1 where id = 7');
    expect(await ask('dataChecksum', check)).toMatchObject({ verdict: 'Degraded', reason: 'ChecksumDiffers' });
    await sql('update books set odd = odd ^ 1 where id = 7');
    expect(await ask('dataChecksum', check)).toMatchObject({ verdict: 'Healthy' });
  });

  it('waits while InnoDB recovers from a crash, and passes when that is over', async () => {
    await script(kube, 'mariadb', stopInRecovery);

    expect(await ask('mysql', first)).toMatchObject({
      verdict: 'Progressing',
      reason: 'CrashRecovery',
      message: expect.stringContaining('accepts connections: InnoDB crash recovery is under way'),
    });

    await script(kube, 'mariadb', goOnRecovering);
    expect((await ask('mysql', { ...first, data: { table: 'books' } })).message).toContain('table books has 500 rows');
  });
});

describe('Redis', () => {
  const first = { pod: 'redis', password: secretPassword };
  const other = { pod: 'redis', port: 6380 };
  const cli = (words: string): Promise<string> => script(kube, 'redis', `REDISCLI_AUTH=${password} redis-cli ${words}`);

  it('climbs to the keys, whichever way the password comes', async () => {
    const data = { count: { atLeast: 2000 }, keys: ['session:1', 'session:2000'] };

    expect((await ask('redis', { ...first, data })).message).toBe(
      'pod ready, accepts connections, role primary, data: database 0 has 2005 keys, the named ones among them',
    );
    expect(await ask('redis', { ...first, password: envPassword, data })).toMatchObject({ verdict: 'Healthy' });
  });

  it.each([
    { more: { password: undefined }, reason: 'NoPassword' },
    { more: { password: { secretName: 'old-password', key: 'password' } }, reason: 'WrongPassword' },
    { more: { database: 3, data: { count: { atLeast: 1 } } }, reason: 'EmptyDatabase' },
    { more: { data: { keys: ['session:1', 'session:2001'] } }, reason: 'KeyMissing' },
    { more: { data: { count: { equals: 9 } } }, reason: 'OtherCount' },
    { more: { port: 6999 }, reason: 'NotListening' },
    { more: { container: 'beside', password: undefined }, reason: 'CommandNotFound' },
    { more: { role: 'replica' }, reason: 'IsPrimary' },
  ])('$reason with $more', async ({ more, reason }) => {
    const seen = await ask('redis', { ...first, ...more });

    expect(seen).toMatchObject({ reason });
    expect(seen.verdict).not.toBe('Healthy');
  });

  it('tells a replica from a primary, with its primary and without', async () => {
    const replica = { ...other, role: 'replica', data: { keys: ['session:1'] } };
    await cli('-p 6380 replicaof 127.0.0.1 6379');
    await askUntil('redis', replica, 'DataAsExpected');
    expect((await ask('redis', other)).message).toContain(
      "it holds its primary's data and no longer what was restored",
    );

    await cli('-p 6380 replicaof 127.0.0.1 1');
    expect(await askUntil('redis', replica, 'PrimaryDown')).toMatchObject({ verdict: 'Progressing' });
    expect(await ask('redis', other)).toMatchObject({
      verdict: 'Degraded',
      reason: 'IsReplica',
      message: expect.stringContaining('the moment its primary answers it drops its own data'),
    });
  });

  it('knows keys of every type by their checksum, and sees one that changed', async () => {
    const spec = { engine: 'redis', ...first };
    const names = ['session:*', 'kinds:*'];
    const check = { ...spec, manifest: await record({ ...spec, names }, 'keys'), names };

    expect((await ask('dataChecksum', check)).message).toContain('session:*, kinds:*: 2005 keys as recorded');
    await cli('hset kinds:hash b 3');
    expect(await ask('dataChecksum', check)).toMatchObject({
      reason: 'ChecksumDiffers',
      message: expect.stringContaining('kinds:* has 5 keys as recorded, but not the same'),
    });
    await cli('hset kinds:hash b 2');
    expect(await ask('dataChecksum', check)).toMatchObject({ verdict: 'Healthy' });
  });

  it('waits while the data file is loaded, and passes when that is over', async () => {
    await script(kube, 'redis', reloadSlowly);

    expect(await askUntil('redis', first, 'Loading')).toMatchObject({
      verdict: 'Progressing',
      message: expect.stringMatching(/accepts connections: Redis is loading its data file \(\d+ % done/),
    });

    await cli('config set key-load-delay 0');
    const data = { count: { equals: 2005 } };
    expect(await askUntil('redis', { ...first, data }, 'DataAsExpected')).toMatchObject({ verdict: 'Healthy' });
  });
});
