/** The objects of the bookstore: its manifests, and Secrets with made-up passwords. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../../src/kube/types.ts';
import { readObjects } from '../operator.ts';

/** The site's own objects, Secrets left out, in the order of the files. */
export function siteObjects(): KubeObject[] {
  const folder = join(import.meta.dirname, 'manifests');
  const files = readdirSync(folder).sort();
  return files.flatMap((file) => readObjects(join(folder, file)));
}

/** What is made up once for each site and then kept. */
export interface Passwords {
  readonly orders: string;
  readonly catalog: string;
  readonly sessions: string;
  readonly shipping: string;
  readonly cookie: string;
}

/** New passwords: letters and digits only, so that they need no quoting in any of the files and addresses they go into. */
export function makePasswords(): Passwords {
  const make = (): string => randomBytes(18).toString('hex');
  return { orders: make(), catalog: make(), sessions: make(), shipping: make(), cookie: make() };
}

/** Name of the Secret that keeps the passwords, in `shop-data`. */
export const passwordsSecret = 'bookstore-passwords';

/** The Secrets that the stores and the shop read, and the one that the passwords are kept in. */
export function secretObjects(passwords: Passwords): KubeObject[] {
  const { orders, catalog, sessions, shipping, cookie } = passwords;
  return [
    secret('shop-data', passwordsSecret, { ...passwords }),
    secret('shop-data', 'orders-owner', { username: 'shop', password: orders }, 'kubernetes.io/basic-auth'),
    secret('shop-data', 'catalog', {
      // MariaDB reads its init file line by line, one statement each.
      'init.sql': [
        'CREATE DATABASE IF NOT EXISTS bookstore;',
        `CREATE USER IF NOT EXISTS 'shop'@'%' IDENTIFIED BY '${catalog}';`,
        "GRANT ALL ON bookstore.* TO 'shop'@'%';",
        '',
      ].join('\n'),
    }),
    secret('shop-data', 'sessions', {
      password: sessions,
      'redis.conf': ['dir /data', 'save 3600 1', 'port 6379', `requirepass ${sessions}`, ''].join('\n'),
    }),
    secret('shop-data', 'shipping', {
      'erlang.cookie': cookie,
      'rabbitmq.conf': [
        'default_user = shop',
        `default_pass = ${shipping}`,
        'loopback_users = none',
        'log.console = true',
        'log.console.level = warning',
        'vm_memory_high_watermark.absolute = 256MB',
        'disk_free_limit.absolute = 64MB',
        '',
      ].join('\n'),
    }),
    secret('shop-web', 'stores', {
      ORDERS_URL: `postgres://shop:${orders}@orders-rw.shop-data:5432/bookstore?sslmode=require&connect_timeout=3`,
      CATALOG_DSN: `shop:${catalog}@tcp(catalog.shop-data:3306)/bookstore?timeout=3s`,
      SESSIONS_ADDRESS: 'sessions.shop-data:6379',
      SESSIONS_PASSWORD: sessions,
      SHIPPING_URL: `amqp://shop:${shipping}@shipping.shop-data:5672/`,
    }),
  ];
}

function secret(namespace: string, name: string, stringData: Record<string, string>, type = 'Opaque'): KubeObject {
  // As `data`, since server-side apply does not own what it was given as `stringData`.
  const data = Object.fromEntries(
    Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type, data };
}
