/** The four stores: how each is filled with known data, and how it is asked what it holds. */
import { numberAt, parseJson, textAt } from '../../../src/kube/read.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { execIn, podWith } from '../cluster.ts';

/** What a store holds: how many rows, keys or messages, and a checksum over all of them that the store computed itself. */
export interface Contents {
  readonly count: number;
  readonly checksum: string;
}

/** One of the shop's stores. */
export interface Store {
  readonly name: StoreName;
  /** Replaces what is there by the known data. */
  seed(kube: KubeClient): Promise<void>;
  /** Asks the store itself. Fails where it cannot answer: a table or queue that is gone is an error, not an empty one. */
  read(kube: KubeClient): Promise<Contents>;
}

/** Names of the stores, as in manifests, plan and report. */
export const storeNames = ['orders', 'catalog', 'sessions', 'shipping'] as const;
export type StoreName = (typeof storeNames)[number];

const data = 'shop-data';
const amounts = { orders: 50_000, catalog: 5_000, sessions: 2_000, shipping: 1_000 };

/** Table `orders` in PostgreSQL. */
const orders: Store = {
  name: 'orders',
  seed: async (kube) => {
    await psql(kube, [
      'begin',
      'drop table if exists orders',
      'create table orders (id int primary key, customer text not null, book int not null, cents int not null, placed timestamptz not null)',
      'alter table orders owner to shop',
      `insert into orders select i, 'customer-' || i % 977, i % ${amounts.catalog} + 1, 500 + i * 37 % 9500,
         timestamptz '2026-01-01 00:00:00Z' + i * interval '7 minutes' from generate_series(1, ${amounts.orders}) i`,
      'commit',
    ]);
  },
  read: async (kube) =>
    contentsOf(
      await psql(kube, [
        "set time zone 'UTC'",
        "select count(*) || ' ' || coalesce(md5(string_agg(md5(o::text), '' order by id)), 'none') from orders o",
      ]),
    ),
};

/** Table `books` in MariaDB. */
const catalog: Store = {
  name: 'catalog',
  seed: async (kube) => {
    await mariadb(kube, [
      'create or replace table books (id int primary key, title varchar(80) not null, shelf varchar(8) not null, cents int not null) engine=innodb',
      `insert into books select seq, concat('Book number ', seq), concat('S', seq % 40), 300 + seq * 29 % 5700 from seq_1_to_${amounts.catalog}`,
    ]);
  },
  read: async (kube) =>
    contentsOf(
      await mariadb(kube, [
        'set session group_concat_max_len = 16777216',
        "select concat(count(*), ' ', coalesce(md5(group_concat(md5(concat_ws('|', id, title, shelf, cents)) order by id separator '')), 'none')) from books",
      ]),
    ),
};

// Redis hands a script its keys in any order, hence the sort; it runs the script alone, so nothing changes meanwhile.
const redisDigest = `local keys = redis.call('KEYS', 'session:*')
table.sort(keys)
local sum = ''
for _, key in ipairs(keys) do sum = redis.sha1hex(sum .. key .. '=' .. redis.call('GET', key)) end
return #keys .. ' ' .. sum`;

const redisSeed = `redis.call('FLUSHALL')
for i = 1, tonumber(ARGV[1]) do
  redis.call('SET', string.format('session:%06d', i), '{"customer":' .. (i * 13 % 977) .. ',"basket":[' .. (i % 500) .. ',' .. (i * 3 % 500) .. ']}')
end
return redis.call('DBSIZE')`;

/** Keys `session:*` in Redis. */
const sessions: Store = {
  name: 'sessions',
  seed: async (kube) => {
    await redis(kube, ['eval', redisSeed, '0', String(amounts.sessions)]);
  },
  read: async (kube) => contentsOf(await redis(kube, ['eval', redisDigest, '0'])),
};

/** Queue `shipping` in RabbitMQ. The broker has no command for either, so the shop's own program does it from its pod. */
const shipping: Store = {
  name: 'shipping',
  seed: async (kube) => {
    await shop(kube, ['queue-fill', String(amounts.shipping)]);
  },
  read: async (kube) => {
    const answer = parseJson(await shop(kube, ['queue-digest']));
    const count = numberAt(answer, 'count');
    const checksum = textAt(answer, 'digest');
    if (count === undefined || checksum === undefined) throw new Error('the shop gave no digest of its queue');
    const persistent = numberAt(answer, 'persistent');
    if (persistent !== count) throw new Error(`${persistent ?? 0} of ${count} messages are persistent`);
    return { count, checksum };
  },
};

/** All four, in the order of the tiers. */
export const stores: readonly Store[] = [orders, catalog, sessions, shipping];

/** Has Redis write its data file now: what is not in it is not in a snapshot. Answers when that file is complete. */
export async function saveSessions(kube: KubeClient): Promise<void> {
  const before = await redis(kube, ['lastsave']);
  // LASTSAVE counts in seconds: within the second of the last save its answer could not change.
  await execIn(kube, { namespace: data, pod: 'sessions-0', container: 'redis' }, ['sleep', '1']);
  await redis(kube, ['bgsave']);
  for (let attempt = 0; attempt < 60; attempt += 1) {
    if ((await redis(kube, ['lastsave'])) !== before) return;
    await execIn(kube, { namespace: data, pod: 'sessions-0', container: 'redis' }, ['sleep', '0.5']);
  }
  throw new Error('Redis did not finish its BGSAVE within 30 s');
}

async function psql(kube: KubeClient, statements: readonly string[]): Promise<string> {
  const pod = await podWith(kube, data, 'cnpg.io/cluster=orders,cnpg.io/instanceRole=primary');
  const sql = statements.join(';\n');
  return execIn(kube, { namespace: data, pod, container: 'postgres' }, [
    'psql',
    '--no-psqlrc',
    '--quiet',
    '--tuples-only',
    '--no-align',
    '--set=ON_ERROR_STOP=1',
    '--dbname=bookstore',
    `--command=${sql}`,
  ]);
}

function mariadb(kube: KubeClient, statements: readonly string[]): Promise<string> {
  return execIn(kube, { namespace: data, pod: 'catalog-0', container: 'mariadb' }, [
    'mariadb',
    '--defaults-file=/etc/bookstore/my.cnf',
    '--user=mysql',
    '--batch',
    '--skip-column-names',
    '--database=bookstore',
    `--execute=${statements.join(';\n')}`,
  ]);
}

function redis(kube: KubeClient, command: readonly string[]): Promise<string> {
  return execIn(kube, { namespace: data, pod: 'sessions-0', container: 'redis' }, ['redis-cli', '-e', ...command]);
}

async function shop(kube: KubeClient, command: readonly string[]): Promise<string> {
  const pod = await podWith(kube, 'shop-web', 'app.kubernetes.io/name=web');
  return execIn(kube, { namespace: 'shop-web', pod, container: 'web' }, ['/bookstore-web', ...command]);
}

/** Reads `<count> <checksum>`. */
function contentsOf(answer: string): Contents {
  const [, count, checksum] = /^(\d+) (\S+)$/.exec(answer) ?? [];
  if (count === undefined || checksum === undefined)
    throw new Error(`not a count and a checksum: ${answer.slice(0, 200)}`);
  return { count: Number(count), checksum };
}
