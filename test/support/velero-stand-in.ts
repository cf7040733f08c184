/**
 * Velero's part at control-plane level: the real CRDs, and a small loop that answers DownloadRequests and carries out
 * Restores from objects that the test gives, with the phases, lists and labels of Velero 1.18.3. What it does not know
 * (volumes, hooks, plugins) it does not claim: those are tried on the real one.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { installCrds } from '../../lab/crds.ts';
import type { LabInfo } from '../../lab/lab.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { makeAvailable, makeDeployment } from './alive-deployment.ts';

/** An object as it lies in a Backup. */
export interface StoredObject {
  /** `configmaps`, `deployments.apps`. */
  readonly resource: string;
  readonly object: KubeObject;
}

export interface VeleroStandIn {
  readonly namespace: string;
  /** Writes a Backup as the sync from a storage location does. */
  backup(
    name: string,
    objects: readonly StoredObject[],
    status?: Record<string, unknown>,
    labels?: Record<string, string>,
  ): Promise<void>;
  /** Whether Restores are carried out at once (the beginning), or stay InProgress until this is called again. */
  pause(paused: boolean): void;
  /** The next Restore ends so, with these texts in its results; nothing of it is restored. */
  failNext(status: Record<string, unknown>, errors?: Record<string, unknown>): void;
  location(status: Record<string, unknown>): Promise<void>;
  restores(): Promise<readonly KubeObject[]>;
  stop(): Promise<void>;
}

const velero = 'velero.io/v1';

/** Installs the kinds and a server that looks alive into `namespace`, and begins to act. */
export async function startVeleroStandIn(lab: LabInfo, kube: KubeClient, namespace = 'velero'): Promise<VeleroStandIn> {
  await installCrds(lab, ['velero', 'snapshot']);
  await quiet(kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
  await makeDeployment(kube, namespace, 'velero');
  await makeAvailable(kube, namespace, 'velero');
  const stand = new StandIn(kube, namespace);
  await stand.begin();
  return stand;
}

async function quiet(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  });
}

class StandIn implements VeleroStandIn {
  readonly namespace: string;
  private readonly kube: KubeClient;
  private readonly backups = new Map<string, readonly StoredObject[]>();
  private readonly lists = new Map<string, Record<string, string[]>>();
  private readonly server: Server;
  private running = true;
  private paused = false;
  private failing: { readonly status: Record<string, unknown>; readonly errors: Record<string, unknown> } | undefined;
  private loop: Promise<void> | undefined;

  constructor(kube: KubeClient, namespace: string) {
    this.kube = kube;
    this.namespace = namespace;
    this.server = createServer((request, answer) => {
      const body = this.files.get(decodeURIComponent((request.url ?? '/').slice(1)));
      if (body) answer.end(body);
      else answer.writeHead(404).end();
    });
  }

  private readonly files = new Map<string, Buffer>();

  async begin(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const spec = { provider: 'aws', objectStorage: { bucket: 'velero' } };
    await quiet(
      this.kube.create({
        apiVersion: velero,
        kind: 'BackupStorageLocation',
        metadata: { name: 'default', namespace: this.namespace },
        spec,
      }),
    );
    await this.location({ phase: 'Available' });
    this.loop = this.act();
  }

  async location(status: Record<string, unknown>): Promise<void> {
    const now = new Date(Date.now() + 1000).toISOString().replace(/\.\d+/, '');
    const ref = { apiVersion: velero, kind: 'BackupStorageLocation', namespace: this.namespace, name: 'default' };
    // The location's CRD has no status subresource: Velero writes the whole object.
    await this.kube.patch(ref, 'merge', { status: { lastSyncedTime: now, lastValidationTime: now, ...status } });
  }

  async backup(
    name: string,
    objects: readonly StoredObject[],
    status: Record<string, unknown> = {},
    labels: Record<string, string> = {},
  ): Promise<void> {
    this.backups.set(name, objects);
    this.files.set(`BackupContents/${name}`, await contentsOf(objects));
    const metadata = {
      name,
      namespace: this.namespace,
      labels: { 'velero.io/storage-location': 'default', ...labels },
    };
    const times = {
      startTimestamp: '2026-11-20T00:00:00Z',
      completionTimestamp: '2026-11-20T00:00:05Z',
      expiration: '2099-01-01T00:00:00Z',
    };
    const full = { phase: 'Completed', version: 1, formatVersion: '1.1.0', ...times, ...status };
    await this.kube.create({
      apiVersion: velero,
      kind: 'Backup',
      metadata,
      spec: { storageLocation: 'default' },
      status: full,
    });
  }

  pause(paused: boolean): void {
    this.paused = paused;
  }

  failNext(status: Record<string, unknown>, errors: Record<string, unknown> = {}): void {
    this.failing = { status, errors };
  }

  async restores(): Promise<readonly KubeObject[]> {
    return (await this.kube.list({ apiVersion: velero, kind: 'Restore' }, { namespace: this.namespace })).items;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async act(): Promise<void> {
    while (this.running) {
      try {
        await this.answerDownloads();
        for (const restore of await this.restores()) await this.advance(restore);
      } catch (error) {
        // An object that went away between list and write is no news; the next round looks again.
        if (!(error instanceof KubeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private async answerDownloads(): Promise<void> {
    const kind = { apiVersion: velero, kind: 'DownloadRequest' };
    for (const { metadata, ...request } of (await this.kube.list(kind, { namespace: this.namespace })).items) {
      const status = request['status'] as { downloadURL?: string } | undefined;
      if (status?.downloadURL) continue;
      const { target } = request['spec'] as { target: { kind: string; name: string } };
      const { port } = this.server.address() as AddressInfo;
      const downloadURL = `http://127.0.0.1:${port}/${target.kind}/${target.name}`;
      const expiration = new Date(Date.now() + 600_000).toISOString();
      await this.kube.patch({ ...kind, namespace: this.namespace, name: metadata.name }, 'merge', {
        status: { phase: 'Processed', downloadURL, expiration },
      });
    }
  }

  private async advance(restore: KubeObject): Promise<void> {
    const { phase = '' } = (restore['status'] ?? {}) as { phase?: string };
    const { name } = restore.metadata;
    const now = new Date().toISOString().replace(/\.\d+/, '');
    if (phase === '' || phase === 'New') return this.write(name, { phase: 'InProgress', startTimestamp: now });
    if (phase !== 'InProgress' || this.paused) return undefined;
    const { failing } = this;
    if (failing) {
      this.failing = undefined;
      this.files.set(`RestoreResourceList/${name}`, gzipSync('{}'));
      this.files.set(`RestoreResults/${name}`, gzipSync(JSON.stringify({ warnings: {}, errors: failing.errors })));
      return this.write(name, { completionTimestamp: now, ...failing.status });
    }
    const list = await this.carryOut(restore);
    this.files.set(`RestoreResourceList/${name}`, gzipSync(JSON.stringify(list)));
    this.files.set(`RestoreResults/${name}`, gzipSync(JSON.stringify({ warnings: {}, errors: {} })));
    const items = Object.values(list).flat();
    const warnings = items.filter((item) => !item.endsWith('(created)')).length;
    return this.write(name, {
      phase: 'Completed',
      completionTimestamp: now,
      warnings,
      progress: { totalItems: items.length, itemsRestored: items.length },
    });
  }

  private async write(name: string, status: Record<string, unknown>): Promise<void> {
    await this.kube.patch({ apiVersion: velero, kind: 'Restore', namespace: this.namespace, name }, 'merge', {
      status,
    });
  }

  /** Makes what the Restore's filter takes; what is there already is left as it is, and only said. */
  private async carryOut(restore: KubeObject): Promise<Record<string, string[]>> {
    const spec = restore['spec'] as { backupName: string; includedResources?: string[]; includedNamespaces?: string[] };
    const list: Record<string, string[]> = {};
    for (const { resource, object } of this.backups.get(spec.backupName) ?? []) {
      const wanted = spec.includedResources?.includes(resource) ?? true;
      const { namespace } = object.metadata;
      const inside = !namespace || !spec.includedNamespaces || spec.includedNamespaces.includes(namespace);
      if (!wanted || !inside) continue;
      const action = await this.create(object, restore.metadata.name);
      const key = `${object.apiVersion}/${object.kind}`;
      (list[key] ??= []).push(`${namespace ? `${namespace}/` : ''}${object.metadata.name}(${action})`);
    }
    return list;
  }

  private async create(object: KubeObject, restoreName: string): Promise<'created' | 'skipped'> {
    const { namespace } = object.metadata;
    if (namespace)
      await quiet(this.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }));
    const marks = object.kind === 'Namespace' ? {} : { 'velero.io/restore-name': restoreName };
    const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
    try {
      await this.kube.create({ ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...marks } } });
      return 'created';
    } catch (error) {
      if (error instanceof KubeError && error.code === 409) return 'skipped';
      throw error;
    }
  }
}

/** A Backup's contents as Velero packs them: `resources/<resource>/namespaces/<ns>/<name>.json`. */
async function contentsOf(objects: readonly StoredObject[]): Promise<Buffer> {
  const tar = pack();
  for (const { resource, object } of objects) {
    const { namespace, name } = object.metadata;
    const scope = namespace ? `namespaces/${namespace}` : 'cluster';
    tar.entry({ name: `resources/${resource}/${scope}/${name}.json` }, JSON.stringify(object));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
