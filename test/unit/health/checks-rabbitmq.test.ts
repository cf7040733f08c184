import { describe, expect, it } from 'vitest';
import { rabbitmq } from '../../../src/health/checks/rabbitmq.ts';
import type { ExecOptions, ExecResult, KubeClient } from '../../../src/kube/types.ts';
import { contextOf, fakeKube, kubeError, pod } from './check-kube.ts';

type Said = Partial<ExecResult>;

const [one, two, three] = ['rabbit@rabbit-0.rabbit.shop-data', 'rabbit@rabbit-1.rabbit.shop-data', 'rabbit@old-host'];

/** `cluster_status` of RabbitMQ 3.10.8, what is not read left out. */
function cluster(more: object = {}): Said {
  const status = {
    alarms: [],
    disk_nodes: [one, two],
    ram_nodes: [],
    running_nodes: [one, two],
    partitions: {},
    maintenance_status: { [one ?? '']: 'not under maintenance' },
  };
  return { stdout: JSON.stringify({ ...status, ...more }) };
}

const queues: Said = {
  stdout:
    '[\n{"name":"empty","messages":0,"state":"running"}\n,{"name":"orders","messages":300,"state":"running"}\n,{"name":"lost","messages":"","state":"down"}\n]',
};

const well = {
  sh: {},
  cluster_status: cluster(),
  check_if_node_is_quorum_critical: {},
  list_queues: queues,
};

function judge(more: object, said: { readonly [question: string]: Said | 'hangs' } = {}) {
  const asked: ExecOptions[] = [];
  const exec: KubeClient['exec'] = (options) => {
    asked.push(options);
    const answers: { readonly [question: string]: Said | 'hangs' } = { ...well, ...said };
    const key = Object.keys(answers).find((each) => options.command.includes(each)) ?? '';
    const answer = answers[key];
    if (answer === 'hangs') return Promise.reject(kubeError('Timeout'));
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', cut: false, ...answer });
  };
  const kube = fakeKube({ objects: [pod('rabbit-0')], exec });
  const spec = rabbitmq.spec.parse({ podSelector: { app: 'orders-db' }, ...more });
  return { seen: rabbitmq.observe(contextOf(kube), spec), asked };
}

describe('rabbitmq', () => {
  it('climbs to the messages of a queue', async () => {
    expect(await judge({ nodes: 2, data: { queue: 'orders', expect: { equals: 300 } } }).seen).toEqual({
      verdict: 'Healthy',
      reason: 'DataAsExpected',
      message:
        'pod ready, accepts connections, no alarm, cluster is whole, quorum queues hold, data: queue orders has 300 messages',
    });
  });

  it.each([
    {
      what: 'a HOME without the cookie',
      said: { sh: { exitCode: 3 } },
      reason: 'NoCookie',
      says: ["the container's HOME holds no .erlang.cookie", 'home: /var/lib/rabbitmq'],
    },
    {
      what: 'a cookie that cannot be made, by the tool itself',
      said: {
        cluster_status: { exitCode: 78, stderr: "[error] Failed to create cookie file '/.erlang.cookie': eacces" },
      },
      reason: 'NoCookie',
      says: ['eacces'],
    },
    {
      what: "a cookie that is not the server's",
      said: { cluster_status: { exitCode: 69, stderr: '* TCP connection succeeded but Erlang distribution failed' } },
      reason: 'WrongCookie',
      says: ['restore the Secret that both take it from'],
    },
    {
      what: 'no such tool',
      said: { sh: { exitCode: 4 } },
      reason: 'CommandNotFound',
      says: ['no program rabbitmq-diagnostics'],
    },
    {
      what: 'a stopped application',
      said: { cluster_status: { exitCode: 64, stderr: "Error: this command requires the 'rabbit' app to be running" } },
      verdict: 'Progressing',
      reason: 'AppStopped',
      says: ['the node answers and its application rabbit does not run'],
    },
    {
      what: 'another node name',
      said: { cluster_status: { exitCode: 69, stderr: '* unable to connect to epmd (port 4369) on other: nxdomain' } },
      verdict: 'Progressing',
      reason: 'NodeDown',
      says: ['RABBITMQ_NODENAME'],
    },
    {
      what: 'an alarm',
      said: { cluster_status: cluster({ alarms: [{ node: one, resource: 'disk', type: 'resource_limit' }] }) },
      reason: 'Alarm',
      says: [`no alarm: disk alarm on ${one}: publishers are blocked`],
    },
    {
      what: 'maintenance',
      said: { cluster_status: cluster({ maintenance_status: { [two ?? '']: 'marked for maintenance' } }) },
      reason: 'Maintenance',
      says: ['rabbitmq-upgrade revive'],
    },
    {
      what: 'nodes of the dead site',
      said: { cluster_status: cluster({ disk_nodes: [one, two, three], running_nodes: [one] }) },
      reason: 'NodesDown',
      says: [
        '1 of 3 nodes run, not rabbit-1.rabbit.shop-data (there is no Pod shop-data/rabbit-1 here), old-host (there is no Pod shop-data/old-host here)',
        'rabbitmqctl forget_cluster_node',
      ],
    },
    {
      what: 'a node that began anew under another name',
      said: { cluster_status: cluster({ disk_nodes: [one], running_nodes: [one] }) },
      more: { nodes: 2 },
      reason: 'OtherNodes',
      says: ['begins alone and empty'],
    },
    {
      what: 'a network partition',
      said: { cluster_status: cluster({ partitions: { [one ?? '']: [two] } }) },
      reason: 'Partitioned',
      says: [`${one} saw a network partition`],
    },
    {
      what: 'quorum queues with a bare majority',
      said: { check_if_node_is_quorum_critical: { exitCode: 69, stderr: 'queues with minimum quorum' } },
      reason: 'QuorumCritical',
      says: ['quorum queues hold: some quorum queues have a bare majority of members'],
    },
    {
      what: 'an empty queue',
      more: { data: { queue: 'empty' } },
      reason: 'EmptyQueue',
      says: ['data: queue empty in virtual host / is well and has no message', 'were not persistent'],
    },
    {
      what: 'too few messages',
      more: { data: { queue: 'orders', expect: { atLeast: 301 } } },
      reason: 'OtherCount',
      says: ['queue orders has 300 messages, expected at least 301'],
    },
    {
      what: 'an unknown queue',
      more: { data: { queue: 'nosuch', vhost: 'shop' } },
      verdict: 'Missing',
      reason: 'NoQueue',
      says: ['there is no queue nosuch in virtual host shop, which has 3 queues'],
    },
    {
      what: 'a queue whose node is away',
      more: { data: { queue: 'lost' } },
      reason: 'QueueDown',
      says: ['queue lost is down'],
    },
    {
      what: 'an attempt that is too short',
      said: { cluster_status: 'hangs' as const },
      verdict: 'Unknown',
      reason: 'AttemptTimeout',
      says: ['give the check attemptTimeout: 60s'],
    },
    {
      what: 'an answer of another form',
      said: { cluster_status: { stdout: 'Cluster status of node rabbit' } },
      verdict: 'Unknown',
      reason: 'Unexpected',
      says: ['in the known form'],
    },
  ])('says so: $what', async ({ said = {}, more = {}, verdict = 'Degraded', reason, says }) => {
    const seen = await judge(more, said).seen;

    expect(seen).toMatchObject({ verdict, reason });
    for (const text of says) expect(seen.message).toContain(text);
  });

  it('asks no single node for its quorum, and every tool with the home that the plan names', async () => {
    const alone = cluster({ disk_nodes: [one], running_nodes: [one] });
    const { seen, asked } = judge({ home: '/var/lib/rabbitmq', data: { queue: 'orders' } }, { cluster_status: alone });

    expect((await seen).verdict).toBe('Healthy');
    expect(asked.map(({ command }) => command.slice(0, 3).join(' '))).toEqual([
      'env HOME=/var/lib/rabbitmq sh',
      'env HOME=/var/lib/rabbitmq rabbitmq-diagnostics',
      'env HOME=/var/lib/rabbitmq rabbitmqctl',
    ]);
  });

  it.each([
    { more: { home: 'rabbit' }, says: 'home is an absolute path' },
    { more: { password: { env: 'X' } }, says: 'password' },
    { more: { data: { queue: 'q', vhost: '--all' } }, says: 'a virtual host is a name' },
    { more: { data: { queue: 'q', expect: {} } }, says: 'found no bound' },
  ])('refuses $more', ({ more, says }) => {
    const parsed = rabbitmq.spec.safeParse({ podSelector: { app: 'orders-db' }, ...more });

    expect(JSON.stringify(parsed.error?.issues)).toContain(says);
  });
});
