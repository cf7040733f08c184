import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addEngines } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { applyAll, waitReady, waitUntil } from '../../lab/sites/cluster.ts';
import { checks } from '../../src/health/checks/registry.ts';
import { clustersFromKubeconfig, type ClusterSource } from '../../src/kube/clusters.ts';
import { isKubeObject } from '../../src/kube/read.ts';
import type { KubeClient, KubeObject } from '../../src/kube/types.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { contextOf } from '../unit/health/check-kube.ts';
import { useSite } from '../support/site.ts';

/** Real RabbitMQ, Kafka and FerretDB in pods; each starts a machine of its own for every question, so limits are wide. */
const limitMs = 300_000;
const namespace = 'engines';
const site = useSite();
let clusters: ClusterSource | undefined;
let kube: KubeClient;

beforeAll(async () => {
  await addEngines(['ferretdb', 'kafka'], { name: site().name, report: showEvents(process.stderr) });
  clusters = clustersFromKubeconfig(site().kubeconfig);
  kube = clusters.client(site().context);
  await applyAll(kube, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  await applyAll(kube, ['rabbitmq', 'kafka', 'ferretdb', 'voters'].flatMap(manifest));
  await Promise.all(['shipping', 'events', 'catalog', 'voters'].map(ready));
  await Promise.all([seedQueues(), seedTopics(), seedDocuments()]);
});
afterAll(() => clusters?.close());

function manifest(name: string): KubeObject[] {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/engines', `${name}.yaml`), 'utf8');
  return parseAllDocuments(text).map((document) => {
    const object: unknown = document.toJS();
    if (!isKubeObject(object)) throw new Error(`${name}.yaml holds something that is no object`);
    return object;
  });
}

function ready(name: string): Promise<void> {
  return waitReady(kube, 'StatefulSet', namespace, name, limitMs);
}

async function run(pod: string, ...command: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await kube.exec({ namespace, pod, command, timeoutMs: limitMs });
  if (exitCode !== 0) throw new Error(`${command[0] ?? ''} in ${pod} ended with ${exitCode}: ${stdout}${stderr}`);
}

const inRabbit = (...command: readonly string[]): Promise<void> =>
  run('shipping-0', 'env', 'HOME=/home/rabbit', ...command);

async function seedQueues(): Promise<void> {
  const declare = (name: string): string =>
    `rabbit_amqqueue:declare({resource,<<"/">>,queue,<<"${name}">>},true,false,[],none,<<"seed">>)`;
  const publish =
    '[rabbit_basic:publish({resource,<<"/">>,exchange,<<>>},<<"orders">>,[{delivery_mode,2}],<<"x">>) || _ <- lists:seq(1,300)]';
  await inRabbit('rabbitmqctl', 'eval', `${declare('orders')}, ${declare('empty')}, ${publish}, ok.`);
}

async function seedTopics(): Promise<void> {
  const at = '--bootstrap-server localhost:9092';
  const produce = `seq 1 500 | bin/kafka-console-producer.sh ${at} --topic orders`;
  const consume = `bin/kafka-console-consumer.sh ${at} --topic orders --group shipping --from-beginning --max-messages 200`;
  const create = `bin/kafka-topics.sh ${at} --create --topic empty --partitions 1`;
  await run('events-0', 'bash', '-c', `set -e; ${create}; ${produce}; ${consume}`);
}

async function seedDocuments(): Promise<void> {
  const insert =
    'db.getSiblingDB("shop").books.insertMany(Array.from({length: 500}, (_, i) => ({_id: i, shelf: "S" + i % 10})))';
  await run('catalog-0', 'mongosh', '--quiet', '--norc', '--eval', insert);
}

/** One look of a check, as a plan would write it. */
async function look(type: keyof typeof checks, spec: object): Promise<Verdict> {
  const check = checks[type];
  const context = { ...contextOf(kube, AbortSignal.timeout(limitMs)), namespace, attemptTimeoutMs: limitMs };
  return check.observe(context, check.spec.parse(spec) as never);
}

describe('rabbitmq, on a real one', () => {
  const shipping = { podSelector: { app: 'shipping' }, home: '/home/rabbit' };

  it('says that the tools find no Erlang cookie where HOME is set by the start script alone', async () => {
    expect(await look('rabbitmq', { podSelector: { app: 'shipping' } })).toMatchObject({
      verdict: 'Degraded',
      reason: 'NoCookie',
    });
  });

  it('climbs to the messages of a queue', async () => {
    expect(
      await look('rabbitmq', { ...shipping, nodes: 1, data: { queue: 'orders', expect: { equals: 300 } } }),
    ).toEqual({
      verdict: 'Healthy',
      reason: 'DataAsExpected',
      message:
        'pod ready, accepts connections, no alarm, cluster is whole, quorum queues hold, data: queue orders has 300 messages',
    });
  });

  it.each([
    { data: { queue: 'empty' }, reason: 'EmptyQueue' },
    { data: { queue: 'orders', expect: { atLeast: 301 } }, reason: 'OtherCount' },
    { data: { queue: 'nosuch' }, reason: 'NoQueue' },
  ])('does not pass with $data', async ({ data, reason }) => {
    expect(await look('rabbitmq', { ...shipping, data })).toMatchObject({ reason });
  });

  it('tells an alarm', async () => {
    await inRabbit('rabbitmqctl', 'set_disk_free_limit', '100000GB');
    try {
      const seen = await look('rabbitmq', shipping);

      expect(seen).toMatchObject({ verdict: 'Degraded', reason: 'Alarm' });
      expect(seen.message).toMatch(/^no alarm: disk alarm on rabbit@localhost: publishers are blocked/);
    } finally {
      await inRabbit('rabbitmqctl', 'set_disk_free_limit', '50MB');
    }
  });

  it('tells a node whose application is stopped, though it answers', async () => {
    await inRabbit('rabbitmqctl', 'stop_app');
    try {
      const seen = await look('rabbitmq', shipping);

      expect(seen).toMatchObject({ verdict: 'Progressing', reason: 'AppStopped' });
      expect(seen.message).toContain('the node answers and its application rabbit does not run');
    } finally {
      await inRabbit('rabbitmqctl', 'start_app');
    }
  });
});

describe('kafka, on a real one', () => {
  const events = { podSelector: { app: 'events' } };

  it('climbs to the messages and the group', async () => {
    const data = { topic: 'orders', partitions: 3, expect: { equals: 500 } };
    const seen = await look('kafka', {
      ...events,
      brokers: 1,
      data,
      group: { name: 'shipping', lag: { atMost: 300 } },
    });

    expect(seen).toEqual({
      verdict: 'Healthy',
      reason: 'GroupAsExpected',
      message:
        'pod ready, accepts connections, brokers, partitions have a leader, replicas are in sync, topic, data, group: consumer group shipping is 300 messages behind',
    });
  });

  it.each([
    { what: 'a lagging group', more: { group: { name: 'shipping', lag: { atMost: 299 } } }, reason: 'Lag' },
    { what: 'an unknown group', more: { group: { name: 'nosuch' } }, reason: 'NoGroup' },
    { what: 'an empty topic', more: { data: { topic: 'empty' } }, reason: 'EmptyTopic' },
    { what: 'an unknown topic', more: { data: { topic: 'nosuch' } }, reason: 'NoTopic' },
    { what: 'other partitions', more: { data: { topic: 'orders', partitions: 12 } }, reason: 'OtherPartitions' },
    { what: 'a folder without tools', more: { tools: { folder: '/nowhere' } }, reason: 'CommandNotFound' },
  ])('does not pass with $what', async ({ more, reason }) => {
    expect(await look('kafka', { ...events, ...more })).toMatchObject({ reason });
  });

  it('asks by class where there are jars and no scripts', async () => {
    const tools = { classpath: '/opt/kafka/libs/*' };

    expect(await look('kafka', { ...events, tools })).toMatchObject({ verdict: 'Healthy', reason: 'Replicated' });
    expect(await look('kafka', { ...events, tools: { classpath: '/opt/none/*' } })).toMatchObject({
      reason: 'CommandNotFound',
    });
  });
});

describe('mongodb, on FerretDB with the shell of MongoDB', () => {
  const catalog = { podSelector: { app: 'catalog' } };
  const books = { database: 'shop', collection: 'books' };

  it('climbs to the documents', async () => {
    const data = { ...books, filter: { shelf: 'S1' }, expect: { equals: 50 } };

    expect(await look('mongodb', { ...catalog, data })).toEqual({
      verdict: 'Healthy',
      reason: 'DataAsExpected',
      message:
        'pod ready, accepts connections, role primary, data: collection books has 50 documents that the filter takes',
    });
  });

  it.each([
    {
      what: 'a healthy and empty database',
      more: { data: { database: 'shop', collection: 'none' } },
      reason: 'EmptyDatabase',
    },
    { what: 'too few documents', more: { data: { ...books, expect: { atLeast: 501 } } }, reason: 'OtherCount' },
    { what: 'a server outside of any replica set', more: { replicaSet: 'rs0' }, reason: 'NoReplicaSet' },
    { what: 'a port where nobody listens', more: { port: 27_099 }, reason: 'NotListening' },
    { what: 'a pod without a shell of MongoDB', more: { podSelector: { app: 'shipping' } }, reason: 'CommandNotFound' },
  ])('does not pass with $what', async ({ more, reason }) => {
    expect(await look('mongodb', { ...catalog, ...more })).toMatchObject({ reason });
  });
});

describe('quorum, on real pods', () => {
  const voters = { podSelector: { app: 'voters' }, members: 3 };

  it('holds with three members, and falls with the one zone that all are in', async () => {
    expect(await look('quorum', { ...voters, spreadOver: 'none' })).toMatchObject({ verdict: 'Healthy' });
    expect((await look('quorum', voters)).message).toContain(
      '3 members bear the loss of 1, and topology.kubernetes.io/zone lab alone holds 3',
    );
  });

  it('is lost when pods go', async () => {
    const ref = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: 'voters' };
    await kube.patch(ref, 'merge', { spec: { replicas: 1 } });
    await waitUntil('pods have gone', limitMs, async () => {
      const { items } = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=voters' });
      return items.length === 1 ? undefined : `${items.length} are there`;
    });

    expect(await look('quorum', { ...voters, spreadOver: 'none' })).toEqual({
      verdict: 'Degraded',
      reason: 'NoQuorum',
      message: 'the majority of 2 is not there: 1 of 3 members are ready: 2 without a pod',
    });
  });
});

describe("dnsResolves, at the cluster's own name server", () => {
  it('passes where every server leads to the site, and waits for one that still has the lost one', async () => {
    const cluster = `${site().nodeAddress ?? ''}:53`;
    const name = 'kube-dns.kube-system.svc.cluster.local';
    const outside = await startDnsServer({ [`A ${name}`]: ['192.0.2.1'] });
    try {
      const spec = { names: [name], servers: [cluster], expect: ['10.96.0.10'], deadSite: ['192.0.2.1'] };

      expect(await look('dnsResolves', spec)).toMatchObject({ verdict: 'Healthy' });
      expect(await look('dnsResolves', { ...spec, servers: [cluster, outside.address] })).toMatchObject({
        reason: 'StaleAnswer',
      });
      expect(await look('dnsResolves', { ...spec, names: ['nosuch.kube-system.svc.cluster.local'] })).toMatchObject({
        reason: 'NoSuchName',
      });
    } finally {
      await outside.close();
    }
  });
});
