/** Real PostgreSQL, MariaDB and Redis in pods whose main process only waits, so that a test starts, kills and asks the servers itself. */
import { applyAll, execIn, waitUntil } from '../../lab/sites/cluster.ts';
import { reference } from '../../lab/images/recipes.ts';
import { textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';

/** Where all of it is. */
export const namespace = 'stores';

/** The password of every account that has one; in the pods' variable `STORE_PASSWORD` and in Secret `store-password`. */
export const password = 'tea-for-two';

const engines = {
  postgres: ['postgresql:15', 826],
  mariadb: ['mariadb:10.11', 827],
  redis: ['redis:7.0', 828],
} as const;
export type EnginePod = keyof typeof engines;

function podOf(name: EnginePod): KubeObject {
  const [image, user] = engines[name];
  const common = { imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu: '10m', memory: '32Mi' } } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: { runAsUser: user, runAsGroup: user, fsGroup: user },
      containers: [
        {
          ...common,
          name,
          image: reference(image),
          command: ['sleep', 'infinity'],
          env: [{ name: 'STORE_PASSWORD', value: password }],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
        // Has a shell and no client of a database.
        { ...common, name: 'beside', image: reference('pause:1') },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  };
}

function secret(name: string, value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { password: value } };
}

/** Makes the namespace, the Secrets and the three pods, and waits until they run. */
export async function bringPods(kube: KubeClient): Promise<void> {
  const names: readonly EnginePod[] = ['postgres', 'mariadb', 'redis'];
  await applyAll(kube, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    secret('store-password', password),
    secret('old-password', 'of-another-day'),
    ...names.map(podOf),
  ]);
  for (const name of names)
    await waitUntil(`Pod ${name} does not run`, 120_000, async () => {
      const pod = await kube.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
      const phase = textAt(pod, 'status', 'phase') ?? 'without a phase';
      return phase === 'Running' ? undefined : phase;
    });
}

/** Runs a script in an engine's container; fails with its own words. What goes on in the background must close its output. */
export function script(kube: KubeClient, pod: EnginePod, text: string): Promise<string> {
  return execIn(kube, { namespace, pod, container: pod }, ['bash', '-euc', text]);
}

/** PostgreSQL on port 5432, with table `orders` of 1000 rows in database `shop`, role `app` with a password, an archive of its WAL. */
export const startPostgres = `
mkdir -p /data/archive
initdb --pgdata=/data/main --username=postgres --auth=trust --no-sync >/dev/null
sed -i '1i local all app scram-sha-256' /data/main/pg_hba.conf
cat >> /data/main/postgresql.conf <<'END'
unix_socket_directories = '/tmp'
listen_addresses = '127.0.0.1'
fsync = off
archive_mode = on
archive_command = 'cp %p /data/archive/%f'
END
pg_ctl --pgdata=/data/main --log=/data/main.log --wait start >/dev/null
psql -qXh /tmp -U postgres -c 'create database shop' -c 'create database blank'
psql -qXh /tmp -U postgres -d shop <<'END'
create table orders (id int primary key, customer text, placed timestamptz, weight float8, slip bytea);
insert into orders select i, 'customer ' || i % 97, '2026-01-01'::timestamptz + i * interval '7 minutes', i / 7.0, decode(md5(i::text), 'hex') from generate_series(1, 1000) i;
create table drafts (id int);
create role app login password '${password}';
grant select on orders to app;
END`;

/**
 * A second PostgreSQL on port 5433 from a base backup, which recovers by an archive that hands out its first segment only
 * when /data/first exists and the rest when /data/rest does: a long recovery, stopped at will.
 */
export const startRecovering = `
export PGHOST=/tmp PGUSER=postgres
psql -qXAt -d shop >/dev/null <<'END'
select pg_backup_start('base', true);
\\! cp -r /data/main /data/restored && rm -rf /data/restored/postmaster.pid /data/restored/pg_wal/* /data/restored/pg_replslot/*
insert into drafts select generate_series(1, 100);
select pg_switch_wal();
insert into drafts select generate_series(101, 200);
select pg_switch_wal();
\\o /data/restored/backup_label
select labelfile from pg_backup_stop();
\\o
END
cat > /data/fetch.sh <<'END'
#!/bin/sh
[ -e "/data/archive/$1" ] || exit 1
until [ -e /data/first ]; do sleep 0.1; done
[ -e /data/fetched ] || echo "$1" > /data/fetched
[ "$1" = "$(cat /data/fetched)" ] || until [ -e /data/rest ]; do sleep 0.1; done
cp "/data/archive/$1" "$2"
END
chmod +x /data/fetch.sh
chmod 700 /data/restored
touch /data/restored/recovery.signal
echo "restore_command = '/data/fetch.sh %f %p'
archive_mode = off" >> /data/restored/postgresql.conf
pg_ctl --pgdata=/data/restored --log=/data/restored.log --no-wait -o '-p 5433' start >/dev/null`;

/** A standby on port 5434 that streams from the first through the slot `standby`. */
export const startStandby = `
pg_basebackup --host=/tmp --username=postgres --pgdata=/data/standby --checkpoint=fast --write-recovery-conf --create-slot --slot=standby --wal-method=stream
pg_ctl --pgdata=/data/standby --log=/data/standby.log --wait -o '-p 5434' start >/dev/null`;

const mariadbd = (name: string, options: string): string =>
  `setsid mariadbd --no-defaults --datadir=/data/${name} --socket=/tmp/${name}.sock --pid-file=/tmp/${name}.pid --bind-address=127.0.0.1 --performance-schema=OFF --innodb-buffer-pool-size=64M --innodb-log-file-size=96M ${options}`;

const first = mariadbd('first', '--port=3306 --server-id=1 --log-bin=/data/first/bin');

const untilAlive = (name: string): string =>
  `until mariadb-admin --no-defaults --user=mysql --socket=/tmp/${name}.sock ping >/dev/null 2>&1; do sleep 0.1; done`;

/** MariaDB on port 3306 and socket /tmp/first.sock with table `books` of 500 rows in `shop`, user `app` with a password; a second, empty one. */
export const startMariadb = `
for name in first second; do
  mariadb-install-db --no-defaults --datadir=/data/$name --auth-root-authentication-method=socket --auth-root-socket-user=mysql --skip-test-db >/dev/null 2>&1 &
done
wait
${first} > /data/first.log 2>&1 &
${mariadbd('second', '--port=3307 --server-id=2')} > /data/second.log 2>&1 &
${untilAlive('first')}
${untilAlive('second')}
mariadb --no-defaults --user=mysql --socket=/tmp/first.sock <<'END'
grant all on *.* to mysql@localhost;
create database shop;
create database blank;
use shop;
create table books (id int primary key, title varchar(80) charset latin1, cover varbinary(16), price decimal(9, 2), odd bit(3), note json);
insert into books select seq, concat('Bücher ', seq), unhex(md5(seq)), seq / 4, seq % 8, if(seq % 2, null, '{"shelf": 1}') from seq_1_to_500;
create table drafts (id int);
create user app@localhost identified by '${password}';
grant select on shop.books to app@localhost;
create user follower@'127.0.0.1' identified by '${password}';
grant replication slave on *.* to follower@'127.0.0.1';
END`;

/**
 * Kills the first MariaDB in the middle of its work, starts it again, and stops its process in the middle of InnoDB's
 * recovery; its log goes to the container's. Tried again where the machine was too quick.
 */
export const stopInRecovery = `
for attempt in 1 2 3 4 5; do
  mariadb --no-defaults --user=mysql --socket=/tmp/first.sock shop -e "create or replace table noise as select seq id, repeat(md5(seq), 8) t from seq_1_to_100000; update noise set t = repeat(sha1(t), 6)"
  kill -9 $(cat /tmp/first.pid)
  sleep 0.2
  ${first} > /data/first.log 2>&1 &
  server=$!
  until grep -q 'InnoDB: Starting crash recovery' /data/first.log; do sleep 0.01; done
  kill -STOP $server
  if ! grep -q 'ready for connections' /data/first.log; then
    cat /data/first.log > /proc/1/fd/1
    echo $server > /data/stopped
    exit 0
  fi
  kill -CONT $server
  ${untilAlive('first')}
done
exit 1`;

/** Lets it go on. */
export const goOnRecovering = `kill -CONT $(cat /data/stopped); ${untilAlive('first')}`;

/** One statement to the second MariaDB. */
export const second = (statement: string): string =>
  `mariadb --no-defaults --user=mysql --socket=/tmp/second.sock -e "${statement}"`;

/** Redis on port 6379 with a password and 2000 keys `session:*`, another without either on port 6380. */
export const startRedis = `
mkdir -p /data/first /data/second
redis-server --port 6379 --dir /data/first --requirepass ${password} --save '' --daemonize yes >/dev/null
redis-server --port 6380 --dir /data/second --masterauth ${password} --save '' --daemonize yes >/dev/null
export REDISCLI_AUTH=${password}
until [ "$(redis-cli ping 2>/dev/null)" = PONG ]; do sleep 0.1; done
redis-cli eval "for i = 1, 2000 do redis.call('SET', 'session:' .. i, 'basket ' .. i) end" 0
redis-cli eval "redis.call('RPUSH', 'kinds:list', 'a', 'b') redis.call('SADD', 'kinds:set', 'a', 'b') redis.call('HSET', 'kinds:hash', 'a', 1, 'b', 2) redis.call('ZADD', 'kinds:zset', 1, 'a', 2.5, 'b') redis.call('XADD', 'kinds:stream', '1-1', 'a', 'b')" 0`;

/** Saves, ends and starts the first Redis again, which loads each of its keys as slowly as a hundred thousand. */
export const reloadSlowly = `
export REDISCLI_AUTH=${password}
redis-cli save >/dev/null
redis-cli shutdown nosave || true
redis-server --port 6379 --dir /data/first --requirepass ${password} --save '' --key-load-delay 20000 --loading-process-events-interval-bytes 1024 --daemonize yes >/dev/null`;
