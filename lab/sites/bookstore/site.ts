/** The bookstore: a real site with real data, to be lost and brought back. */
import { textAt } from '../../../src/kube/read.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { LabInfo } from '../../lab.ts';
import { applyAll, waitHealthyCluster, waitReady, withCluster } from '../cluster.ts';
import { makePasswords, passwordsSecret, secretObjects, siteObjects } from './objects.ts';
import type { Passwords } from './objects.ts';
import { saveSessions, stores } from './stores.ts';
import type { Contents, StoreName } from './stores.ts';
import { applyWhenAdmitted, installOperator } from '../operator.ts';
import { completeVelero, insistOnContents, letVeleroSeeAllKinds } from '../velero.ts';
import type { Ended } from '../velero.ts';

/** The cluster that the site is in: a lab's, or any other that these two name. */
export type Where = Pick<LabInfo, 'kubeconfig' | 'context'>;

/** Told of each part that is done, with the seconds it took. */
export type Tell = (part: string, seconds: number) => void;

/** What every store held when it was seeded. */
export type Seeded = { readonly [S in StoreName]: Contents };

/** One store, compared. `restored` is what the store said, or why it could not say anything. */
export interface Verified {
  readonly store: StoreName;
  readonly expected: Contents;
  readonly restored: Contents | { readonly error: string };
  readonly equal: boolean;
}

const namespaces = ['cnpg-system', 'shop-data', 'shop-web'];

/** Without these the Backup could not bring the data back. */
const contents = [
  { resource: 'clusters.postgresql.cnpg.io', name: 'orders' },
  ...['orders-1', 'data-catalog-0', 'data-sessions-0', 'data-shipping-0'].map((name) => ({
    resource: 'persistentvolumeclaims',
    name,
  })),
];

/** Installs the site and waits until its stores answer. What is there already stays, passwords too. */
export async function installSite(lab: Where, tell: Tell = ignore): Promise<void> {
  await withCluster(lab, async (kube) => {
    await timed(tell, 'operator', () => installOperator(kube));
    await timed(tell, 'stores', async () => {
      const objects = siteObjects();
      await applyAll(
        kube,
        objects.filter((object) => object.kind === 'Namespace'),
      );
      await applyAll(kube, secretObjects(await passwordsOf(kube)));
      await applyWhenAdmitted(
        kube,
        objects.filter((object) => object.kind !== 'Namespace'),
      );
      for (const name of ['catalog', 'sessions', 'shipping'])
        await waitReady(kube, 'StatefulSet', 'shop-data', name, 180_000);
      await waitHealthyCluster(kube, 'shop-data', 'orders', 300_000);
    });
  });
}

/** Writes the known data into every store, waits until the shop is ready on it, and answers what each store now holds. */
export async function seed(lab: Where, tell: Tell = ignore): Promise<Seeded> {
  return withCluster(lab, async (kube) => {
    for (const store of stores) await timed(tell, `seed ${store.name}`, () => store.seed(kube));
    await timed(tell, 'shop ready', () => waitReady(kube, 'Deployment', 'shop-web', 'web', 120_000));
    return readAll(kube);
  });
}

/** Asks every store again and compares with what was seeded. A store that cannot answer is unequal, not an error. */
export async function verify(lab: Where, expected: Seeded): Promise<Verified[]> {
  return withCluster(lab, async (kube) => {
    const results: Verified[] = [];
    for (const store of stores) {
      const wanted = expected[store.name];
      try {
        const restored = await store.read(kube);
        const equal = restored.count === wanted.count && restored.checksum === wanted.checksum;
        results.push({ store: store.name, expected: wanted, restored, equal });
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        results.push({ store: store.name, expected: wanted, restored: { error: said }, equal: false });
      }
    }
    return results;
  });
}

/** Takes one Velero Backup of the whole site, volumes as CSI snapshots, and waits until it is Completed. */
export async function backup(lab: Where, name: string): Promise<Ended> {
  return withCluster(lab, async (kube) => {
    await letVeleroSeeAllKinds(kube);
    await saveSessions(kube);
    const ended = await completeVelero(kube, 'Backup', name, {
      includedNamespaces: namespaces,
      includeClusterResources: true,
      snapshotVolumes: true,
      storageLocation: 'default',
      ttl: '720h0m0s',
    });
    await insistOnContents(kube, name, contents);
    return ended;
  });
}

async function readAll(kube: KubeClient): Promise<Seeded> {
  const found: Partial<Record<StoreName, Contents>> = {};
  for (const store of stores) found[store.name] = await store.read(kube);
  const { orders, catalog, sessions, shipping } = found;
  if (!orders || !catalog || !sessions || !shipping) throw new Error('a store was not asked');
  return { orders, catalog, sessions, shipping };
}

/** The passwords of an earlier install, or new ones. Data that exists was written under the old ones. */
async function passwordsOf(kube: KubeClient): Promise<Passwords> {
  const kept = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'shop-data', name: passwordsSecret });
  if (kept === undefined) return makePasswords();
  const read = (key: keyof Passwords): string => {
    const value = textAt(kept, 'data', key);
    if (value === undefined)
      throw new Error(`Secret shop-data/${passwordsSecret} has no ${key}: delete the site first`);
    return Buffer.from(value, 'base64').toString('utf8');
  };
  return {
    orders: read('orders'),
    catalog: read('catalog'),
    sessions: read('sessions'),
    shipping: read('shipping'),
    cookie: read('cookie'),
  };
}

async function timed(tell: Tell, part: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await work();
  tell(part, (performance.now() - start) / 1000);
}

function ignore(): void {
  // Nobody asked to be told.
}
