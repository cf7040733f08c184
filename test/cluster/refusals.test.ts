import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { lookAtGate } from '../../src/health/gate.ts';
import { type ClusterSource, clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import { textAt } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import { recoverSiteType, type RunView } from '../../src/model/run.ts';
import type { ObjectRef } from '../../src/model/verdict.ts';
import { deploymentOf, writeBrokenPlan } from '../support/broken-steps.ts';
import { realActivities, type RecoverHandle, untilView } from '../support/real-worker.ts';
import { useTemporal } from '../support/temporal.ts';

/** The text of the webhook's refusal. */
const policy = 'images come from the golden registry only';

describe('what a real API server refuses', { timeout: 150_000 }, () => {
  const temporal = useTemporal();
  const namespace = `refusals-${randomUUID().slice(0, 6)}`;
  let clusters: ClusterSource;
  let kube: KubeClient;
  let folder: string;
  let webhook: Server;

  beforeAll(async () => {
    const lab = inject('lab');
    clusters = clustersFromKubeconfig(lab.kubeconfig);
    kube = clusters.client(lab.context);
    folder = await mkdtemp(join(tmpdir(), 'rekindle-refusals-'));
    webhook = await openWebhook(join(lab.stateDir, 'pki'));
    await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });
  afterAll(async () => {
    await new Promise((resolve) => webhook.close(resolve));
    await clusters.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Until a gate over one object says something that fits; what it said last otherwise. */
  const gateSays = async (client: KubeClient, ref: ObjectRef, fits: RegExp): Promise<string> => {
    const plan = { accept: [], verdicts: [] };
    let said = '';
    for (let look = 0; look < 300 && !fits.test(said); look += 1) {
      const signal = AbortSignal.timeout(10_000);
      said = (await lookAtGate({ kube: client, plan, tier: 'applications', refs: [ref], signal })).reason;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return said;
  };
  const inNamespace = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace } });

  it('an admission webhook that refuses a pod is heard through the Deployment', async () => {
    await kube.create(guard(namespace, webhook));
    await kube.create(inNamespace(deploymentOf('silver', {})));

    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'silver' };
    const said = await gateSays(kube, ref, /golden/);

    expect(said).toMatch(/^Deployment \S+\/silver: .*admission webhook "guard\.example\.com" denied the request/);
    expect(said).toContain(policy);
  });

  it('an admission webhook that refuses what a step applies holds the step with its words', async () => {
    const name = `refused-${randomUUID().slice(0, 6)}`;
    await kube.create(guard(name, webhook));
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'bare' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    };
    await writeBrokenPlan(folder, { name, cluster: inject('lab').context, steps: [{ name: 'bare', objects: [pod] }] });

    const [hold] = (await held(clusters, name)).holds;

    expect(hold).toMatchObject({ step: 'bare' });
    expect(hold?.message).toContain(`admission webhook "guard.example.com" denied the request: ${policy}`);
  });

  it('a claim whose volume was deleted is Lost, for good', async () => {
    const volume = { apiVersion: 'v1', kind: 'PersistentVolume', name: `pv-${namespace}` };
    const capacity = { storage: '1Mi' };
    await kube.create({
      ...{ apiVersion: volume.apiVersion, kind: volume.kind },
      metadata: { name: volume.name },
      spec: { capacity, accessModes: ['ReadWriteOnce'], hostPath: { path: '/nowhere' }, storageClassName: '' },
    });
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: 'orders' };
    await kube.create({
      ...{ apiVersion: claim.apiVersion, kind: claim.kind },
      metadata: { name: claim.name, namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: '',
        volumeName: volume.name,
        resources: { requests: capacity },
      },
    });
    await untilPhase(kube, claim, 'Bound');
    await kube.remove(volume);
    await kube.patch(volume, 'merge', { metadata: { finalizers: null } });

    const said = await gateSays(kube, claim, new RegExp(volume.name));

    expect(said).toMatch(new RegExp(`^PersistentVolumeClaim ${namespace}/orders: .*${volume.name}`));
    const look = await lookAtGate({
      kube,
      plan: { accept: [], verdicts: [] },
      tier: 'storage',
      refs: [claim],
      signal: AbortSignal.timeout(10_000),
    });
    expect(look).toMatchObject({ passed: false, terminal: true });
  });

  it('what the worker may not read is named by verb and resource, and is not waited for as if it could heal', async () => {
    const limited = await clientOf(kube, namespace, 'blind');
    try {
      const client = limited.client(inject('lab').context);
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'silver' };
      const look = await lookAtGate({
        kube: client,
        plan: { accept: [], verdicts: [] },
        tier: 'applications',
        refs: [ref],
        signal: AbortSignal.timeout(10_000),
      });

      // A gate gives up when it is refused for half a minute: an API server that has just started refuses everybody.
      expect(look).toMatchObject({ passed: false, refused: true, terminal: false, suspect: false });
      expect(look.reason).toContain("we may not get deployments.apps: the worker's role lacks it");
    } finally {
      await limited.close();
    }
  });

  it('a run whose worker may do nothing is held before the first act, with verb and resource', async () => {
    const name = `blind-${randomUUID().slice(0, 6)}`;
    await writeBrokenPlan(folder, { name, cluster: inject('lab').context, steps: [] });
    const limited = await clientOf(kube, namespace, 'blinder');
    try {
      const [hold] = (await held(limited, name)).holds;

      expect(hold).toMatchObject({ step: 'preflight' });
      expect(hold?.message).toMatch(/cannot (get|create|patch|list) \S+|may not (get|create|patch|list) \S+/);
      expect(await kube.get({ apiVersion: 'v1', kind: 'Namespace', name })).toBeUndefined();
    } finally {
      await limited.close();
    }
  });

  /** Runs a plan until it is held. */
  async function held(source: ClusterSource, plan: string): Promise<RunView> {
    return temporal.withWorker({ ...realActivities(temporal, source, folder) }, async () => {
      const handle: RecoverHandle = await temporal.client.workflow.start(recoverSiteType, {
        taskQueue: temporal.taskQueue(),
        workflowId: temporal.workflowId(),
        args: [{ plan }],
      });
      try {
        return await untilView(handle, ({ state }) => state === 'held', 100_000);
      } finally {
        await handle.terminate();
      }
    });
  }
});

/** A webhook on loopback that refuses everything; it wears the API server's own certificate, which is for loopback too. */
async function openWebhook(pki: string): Promise<Server> {
  const tls = { cert: readFileSync(join(pki, 'api-server.crt')), key: readFileSync(join(pki, 'api-server.key')) };
  const server = createServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } };
      const answer = { uid: review.request.uid, allowed: false, status: { message: policy, code: 403 } };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Pods of one namespace are shown to the webhook. */
function guard(namespace: string, webhook: Server): KubeObject {
  const { port } = webhook.address() as AddressInfo;
  const caBundle = readFileSync(join(inject('lab').stateDir, 'pki', 'ca.crt')).toString('base64');
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `guard-${namespace}` },
    webhooks: [
      {
        name: 'guard.example.com',
        clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

async function untilPhase(kube: KubeClient, ref: ObjectRef, phase: string): Promise<void> {
  for (let look = 0; look < 300; look += 1) {
    if (textAt(await kube.get(ref), 'status', 'phase') === phase) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${ref.kind} ${ref.name} never became ${phase}`);
}

/** A login of a ServiceAccount that was given nothing. */
async function clientOf(kube: KubeClient, namespace: string, name: string): Promise<ClusterSource> {
  await kube.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const annotations = { 'kubernetes.io/service-account.name': name };
  const type = 'kubernetes.io/service-account-token';
  const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name };
  await kube.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, annotations }, type });
  let token: string | undefined;
  for (let look = 0; look < 300 && !token; look += 1) {
    token = textAt(await kube.get(secret), 'data', 'token');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { stateDir, context } = inject('lab');
  const user = { token: Buffer.from(token ?? '', 'base64').toString() };
  const cluster = { server: kube.server, 'certificate-authority': join(stateDir, 'pki', 'ca.crt') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster }],
    users: [{ name, user }],
    contexts: [{ name: context, context: { cluster: context, user: name } }],
  };
  const path = join(await mkdtemp(join(tmpdir(), 'rekindle-limited-')), 'kubeconfig');
  await writeFile(path, stringify(config), { mode: 0o600 });
  return clustersFromKubeconfig(path);
}
