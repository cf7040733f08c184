import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { createOutput } from '../../src/cli/output.ts';
import { preview as verb, type PreviewOptions } from '../../src/cli/preview.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { language } from '../../src/language.ts';
import type { Preview } from '../../src/model/preview.ts';
import { loadPlanFile } from '../../src/plan/load.ts';
import { preview } from '../../src/recovery/preview.ts';
import { type Ran, runCli } from '../support/cli.ts';
import { startVeleroStandIn, type StoredObject, type VeleroStandIn } from '../support/velero-stand-in.ts';
import { config, inShop } from '../support/velero-site.ts';

const hour = 3_600_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString().replace(/\.\d+/, '');
const deploymentsAndServices = { includedResources: ['deployments.apps', 'services'] };

describe('rekindle preview', () => {
  const site = `shop-${randomUUID().slice(0, 8)}`;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let engine: VeleroStandIn;
  let folder: string;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    engine = await startVeleroStandIn(lab, kube, `velero-${randomUUID().slice(0, 8)}`);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-preview-'));
  });
  afterAll(async () => {
    await kube.remove({ ...guardRef, name: `guard-${site}` });
    await engine.stop();
    await clusters.close();
    await rm(folder, { recursive: true, force: true });
  });

  const guardRef = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' };

  /** Writes a plan over the site's namespace and the engine's Backup of that name. */
  const planFile = async (name: string, namespace: string, backup: string, more: object): Promise<string> => {
    const file = join(folder, `${name}.yaml`);
    const spec = {
      site: name,
      cluster: inject('lab').context,
      namespaces: [namespace],
      velero: { namespace: engine.namespace, backup },
      ...more,
    };
    await writeFile(
      file,
      stringify({ apiVersion: 'rekindle.dev/v1alpha1', kind: 'RestorePlan', metadata: { name }, spec }),
    );
    return file;
  };
  /** As `rekindle preview` does it, without a process of its own. */
  const run = async (
    file: string,
    output: PreviewOptions['output'] = 'json',
  ): Promise<Pick<Ran, 'code' | 'stdout'>> => {
    let stdout = '';
    const streams = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => true } };
    const { kubeconfig } = inject('lab');
    const code = await verb(
      file,
      { output },
      { plansFolder: folder, kubeconfig },
      createOutput({ noColor: true }, streams),
    );
    return { code, stdout };
  };
  const seen = ({ stdout }: Pick<Ran, 'stdout'>): Preview => JSON.parse(stdout) as Preview;
  /** The look itself, through another client. */
  const look = async (file: string, through: KubeClient = kube, intoLiveSite = false): Promise<Preview> => {
    const loaded = await loadPlanFile(file, folder, language);
    if ('issues' in loaded) throw new Error(JSON.stringify(loaded.issues));
    return preview({
      kube: through,
      plan: loaded.plan,
      planSha256: loaded.sha256,
      plansFolder: folder,
      wish: {},
      intoLiveSite,
      signal: AbortSignal.timeout(50_000),
      log: { info: () => undefined, warn: () => undefined },
    });
  };
  const reasons = ({ findings }: Preview, severity: string): string[] =>
    findings
      .filter((finding) => finding.severity === severity)
      .map(({ reason }) => reason)
      .toSorted();

  /** A site of which everything is right, in a namespace that is not there yet. */
  const aRightPlan = async (): Promise<string> => {
    const name = `right-${randomUUID().slice(0, 8)}`;
    await engine.backup(name, [config(name, 'settings'), inShop(name, 'secrets', 'v1', 'Secret', 'password')], {
      startTimestamp: ago(2 * hour),
    });
    return planFile(name, name, name, { tiers: { namespaces: [{ name: 'basics', velero: {} }] } });
  };

  it('finds nothing in the way of a plan that is right: exit code 0, every object with its step', async () => {
    const ran = await run(await aRightPlan());

    expect(ran.code).toBe(0);
    expect(seen(ran)).toMatchObject({
      verdict: 'clear',
      fates: { restored: 2, leftOver: 0 },
      backup: { phase: 'Completed' },
    });
    expect(seen(ran).objects.map(({ kind, fate, steps }) => [kind, fate, ...steps])).toEqual([
      ['ConfigMap', 'restored', 'basics'],
      ['Secret', 'restored', 'basics'],
    ]);
  });

  it('warns with exit code 4, here as text', async () => {
    const name = `late-${randomUUID().slice(0, 8)}`;
    await engine.backup(name, [config(name, 'settings')], { startTimestamp: ago(30 * hour) });
    const tiers = { namespaces: [{ name: 'basics', velero: {} }] };
    const ran = await run(await planFile(name, name, name, { objectives: { rpo: '24h' }, tiers }), 'text');

    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(/^warnings {2}late-/);
    expect(ran.stdout).toContain('warn   RpoMissed');
  });

  it('writes nothing but the DownloadRequest that it removes again', async () => {
    const file = await aRightPlan();
    const written: string[] = [];
    const note = (verb: string, { kind }: { readonly kind: string }): void => void written.push(`${verb} ${kind}`);
    const forbidden = (): never => {
      throw new Error('a preview must not do this');
    };
    const watched: KubeClient = {
      ...kube,
      create: (object, options) => {
        note('create', object);
        return kube.create(object, options);
      },
      remove: (ref, options) => {
        note('remove', ref);
        return kube.remove(ref, options);
      },
      replace: forbidden,
      apply: forbidden,
      patch: forbidden,
      exec: forbidden,
    };

    const { written: said, site: name } = await look(file, watched);

    expect(written).toEqual(['create DownloadRequest', 'remove DownloadRequest']);
    expect(said).toContain(`one DownloadRequest in namespace ${engine.namespace}`);
    const { items } = await kube.list(
      { apiVersion: 'velero.io/v1', kind: 'DownloadRequest' },
      { namespace: engine.namespace },
    );
    expect(items).toEqual([]);
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'rekindle-system' };
    expect(await kube.get({ ...lease, name: `rekindle-${name}` })).toBeUndefined();
  });

  describe('of a plan made wrong on purpose', () => {
    let file: string;
    let ran: Ran;

    beforeAll(async () => {
      await makeTheClusterWrong();
      const { patch } = kube;
      await engine.backup(site, wrongObjects(), { startTimestamp: ago(30 * hour) });
      await patch({ apiVersion: 'velero.io/v1', kind: 'Backup', namespace: engine.namespace, name: site }, 'merge', {
        spec: { snapshotMoveData: true },
      });
      file = await planFile(site, site, site, {
        objectives: { rpo: '24h' },
        tiers: {
          namespaces: [{ name: 'basics', velero: {} }],
          storage: [{ name: 'volumes', velero: {} }],
          databases: [{ name: 'widgets', velero: { includedResources: ['widgets.lost.test'] } }],
          queues: [{ name: 'broker', velero: { includedResources: ['statefulsets.apps'] } }],
          applications: [
            { name: 'web', velero: { ...deploymentsAndServices, includedResources: webKinds } },
            {
              name: 'web-again',
              velero: { ...deploymentsAndServices, labelSelector: { matchLabels: { app: 'web' } } },
            },
          ],
        },
      });
      // The one process of this file: what is proven here is what a person types.
      const { kubeconfig } = inject('lab');
      ran = await runCli(['preview', file, '-o', 'json'], { REKINDLE_KUBECONFIG: kubeconfig }, folder);
    }, 180_000);

    const webKinds = [...deploymentsAndServices.includedResources, 'poddisruptionbudgets.policy'];

    /** What the cluster of the disaster recovery has, and lacks. */
    const makeTheClusterWrong = async (): Promise<void> => {
      await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: site } });
      await kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: site, name: 'settings' } });
      await kube.create({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: `late-${site}` },
        provisioner: 'csi.test',
        volumeBindingMode: 'WaitForFirstConsumer',
      });
      await kube.create({
        ...guardRef,
        metadata: { name: `guard-${site}` },
        webhooks: [
          {
            name: 'guard.lost.test',
            clientConfig: { service: { namespace: site, name: 'guard', path: '/' } },
            rules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': site } },
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      });
    };

    const wrongObjects = (): readonly StoredObject[] => {
      const pod = {
        priorityClassName: `gold-${site}`,
        containers: [{ name: 'web', image: 'registry.lost.test/web:1' }],
      };
      const moved = inShop(site, 'persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', 'moved', {
        spec: { storageClassName: `late-${site}`, resources: { requests: { storage: '1Gi' } } },
      });
      const mark = { annotations: { 'velero.io/data-upload-name': `${engine.namespace}/moved` } };
      return [
        config(site, 'settings'),
        { ...moved, object: { ...moved.object, metadata: { ...moved.object.metadata, ...mark } } },
        inShop(site, 'persistentvolumeclaims', 'v1', 'PersistentVolumeClaim', 'classless', {
          spec: { storageClassName: `lost-${site}` },
        }),
        inShop(site, 'widgets.lost.test', 'lost.test/v1', 'Widget', 'w'),
        inShop(site, 'poddisruptionbudgets.policy', 'policy/v1beta1', 'PodDisruptionBudget', 'web'),
        labelled(
          inShop(site, 'deployments.apps', 'apps/v1', 'Deployment', 'web', { spec: { template: { spec: pod } } }),
        ),
        inShop(site, 'services', 'v1', 'Service', 'web', { spec: { type: 'LoadBalancer' } }),
        inShop(site, 'cronjobs.batch', 'batch/v1', 'CronJob', 'nightly'),
      ];
    };

    const labelled = ({ resource, object }: StoredObject): StoredObject => ({
      resource,
      object: { ...object, metadata: { ...object.metadata, labels: { app: 'web' } } },
    });

    it('names each fault, and ends with exit code 3', () => {
      expect(ran).toMatchObject({ code: 3, stderr: '' });
      expect(seen(ran).verdict).toBe('blocked');
      expect(reasons(seen(ran), 'block')).toEqual([
        'ApiVersionGone',
        'DataMoverDeadlock',
        'ExistingObject',
        'KindMissing',
        'NodeAgentMissing',
        'NothingToRestore',
        'PriorityClassMissing',
        'StorageClassMissing',
        'WebhookUnanswered',
      ]);
      expect(reasons(seen(ran), 'warn')).toEqual([
        'LeftOver',
        'NoSchedulableNode',
        'RegistryNotSeen',
        'RpoMissed',
        'TrafficEarly',
        'TwoSteps',
      ]);
    });

    it.each([
      ['ApiVersionGone', 'policy/v1beta1, which this cluster no longer serves (it has policy/v1)'],
      ['DataMoverDeadlock', `step volumes restores PersistentVolumeClaim ${site}/moved by the data mover`],
      ['ExistingObject', `step basics would be held: 1 object of the Backup is there already`],
      ['KindMissing', 'the definition widgets.lost.test is not restored'],
      ['NodeAgentMissing', 'has no DaemonSet node-agent to bring them back'],
      ['NothingToRestore', 'step broker: nothing in Backup'],
      ['PriorityClassMissing', `pods of Deployment ${site}/web want PriorityClass gold-${site}`],
      ['StorageClassMissing', `lost-${site}`],
      ['WebhookUnanswered', `Service ${site}/guard behind it has no ready endpoint`],
      ['LeftOver', `CronJob ${site}/nightly`],
      ['RegistryNotSeen', 'registry.lost.test'],
      ['RpoMissed', 'was begun 30 h before the disaster, the objective is 24 h'],
      ['TrafficEarly', `Service ${site}/web (LoadBalancer)`],
      ['TwoSteps', 'the first of the steps web and web-again'],
    ])('says of %s what it is', (reason, text) => {
      expect(seen(ran).findings.find((finding) => finding.reason === reason)?.message).toContain(text);
    });

    it('only warns of what is there where the cluster is named once more', async () => {
      const live = await look(file, kube, true);

      expect(reasons(live, 'warn')).toContain('ExistingObject');
      expect(reasons(live, 'block')).not.toContain('ExistingObject');
    });
  });

  it('says what its login may not do and may not see', async () => {
    const file = await aRightPlan();
    const logins = clustersFromKubeconfig(await aReader());
    const { findings, verdict } = await look(file, logins.client(inject('lab').context));
    await logins.close();

    // It is a person's login: a run would have the worker's.
    expect(verdict).toBe('warnings');
    expect(findings.find(({ reason }) => reason === 'PermissionDenied')?.message).toContain(
      `create restores.velero.io in namespace ${engine.namespace}`,
    );
    expect(findings.find(({ reason }) => reason === 'NotLookedAt')?.message).toContain(
      'ValidatingWebhookConfiguration objects',
    );
  });

  /** A login that may read the site and use Velero's downloads, and nothing more. */
  const aReader = async (): Promise<string> => {
    const name = `reader-${randomUUID().slice(0, 8)}`;
    const subject = { namespace: engine.namespace, name };
    await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: subject });
    const rbac = 'rbac.authorization.k8s.io';
    const rules = [
      { apiGroups: [''], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps', 'velero.io', 'storage.k8s.io'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['velero.io'], resources: ['downloadrequests'], verbs: ['create', 'delete'] },
    ];
    await kube.create({ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules });
    await kube.create({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...subject }],
    });
    await kube.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { ...subject, annotations: { 'kubernetes.io/service-account.name': name } },
      type: 'kubernetes.io/service-account-token',
    });
    const admin = parse(await readFile(inject('lab').kubeconfig, 'utf8')) as { users: { name: string }[] };
    const users = admin.users.map((user) => ({ name: user.name, user: {} as { token?: string } }));
    const token = await tokenOf(subject);
    for (const { user } of users) user.token = token;
    const file = join(folder, `${name}.kubeconfig`);
    await writeFile(file, stringify({ ...admin, users }), { mode: 0o600 });
    return file;
  };

  const tokenOf = async (ref: { readonly namespace: string; readonly name: string }): Promise<string> => {
    for (let look = 0; look < 200; look += 1) {
      const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', ...ref });
      const { token } = (secret?.['data'] ?? {}) as { token?: string };
      if (token) return Buffer.from(token, 'base64').toString('utf8');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Secret ${ref.name} got no token in 20 s`);
  };

  it('says in one sentence that the Backup is not there, and in another that the plan is wrong', async () => {
    const name = `none-${randomUUID().slice(0, 8)}`;
    const tiers = { namespaces: [{ name: 'basics', velero: {} }] };
    const missing = await look(await planFile(name, name, name, { tiers }));

    expect(missing.findings.map(({ reason }) => reason)).toEqual(['BackupMissing']);
    await expect(run(await planFile(`${name}-b`, name, name, { tires: tiers }))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/spec\.tiers: missing/),
    });
    await expect(run(await planFile(`${name}-c`, name, name, { tiers, cluster: 'mars' }))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('the kubeconfig has no context mars, which the plan restores into'),
    });
  });

  it('looks into a Backup that expired, and says that a run would stop at it', async () => {
    const name = `old-${randomUUID().slice(0, 8)}`;
    await engine.backup(name, [config(name, 'settings')], { expiration: '2020-01-01T00:00:00Z' });
    const tiers = { namespaces: [{ name: 'basics', velero: {} }] };
    const found = await look(await planFile(name, name, name, { tiers }));

    expect(reasons(found, 'block')).toEqual(['BackupExpired']);
    expect(found.objects).toMatchObject([{ kind: 'ConfigMap', steps: ['basics'] }]);
  });
});
