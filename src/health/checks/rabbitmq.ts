import { z } from 'zod';
import type { Verdict } from '../../model/verdict.ts';
import { healthy } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { atLeastOne, Count, refusesNone } from '../engines/count.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, type EngineKind } from '../engines/engine.ts';
import { describeHosts } from '../engines/members.ts';
import {
  askCluster,
  hostOf,
  judgeAlarms,
  judgeCluster,
  judgeQueue,
  judgeQuorumQueues,
  lostNodes,
  rabbitFault,
  rabbitIsSlow,
  withHome,
  type ClusterStatus,
} from '../engines/rabbitmq.ts';
import { slowly } from '../engines/slow-client.ts';
import { climb, type Rung } from '../ladder.ts';

const { password: _noPassword, ...place } = placeKeys;

const Data = z.strictObject({
  queue: z.string().min(1).max(255).describe('The name of the queue.'),
  vhost: z
    .string()
    .regex(/^[^-\p{Cc}][^\p{Cc}]{0,254}$/u, { error: 'a virtual host is a name, not beginning with a hyphen' })
    .optional()
    .describe('Its virtual host. Default `/`.'),
  expect: Count.optional().describe('How many messages it holds. Default `{atLeast: 1}`.'),
});

const Rabbitmq = z
  .strictObject({
    ...place,
    home: z
      .string()
      .regex(/^\/[-A-Za-z0-9_./]{0,250}$/, { error: 'home is an absolute path' })
      .optional()
      .describe("Folder with the server's Erlang cookie, where the container's HOME is another one."),
    nodes: z.int().min(1).max(99).optional().describe('How many nodes the cluster has. All that it knows must run.'),
    data: Data.optional().describe('A queue that must be there, with its messages.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .describe(
    'A RabbitMQ is the right one: resources exist, pod ready, accepts connections (rabbitmq-diagnostics), no alarm, its ' +
      'cluster whole, quorum queues with a majority to spare, a queue with its messages. Each is asked only when the one ' +
      'before holds. Every question starts an Erlang machine of a second or more: give it `attemptTimeout: 60s`.',
  );
type Rabbitmq = z.infer<typeof Rabbitmq>;

function look(ctx: CheckContext, spec: Rabbitmq): Promise<Verdict> {
  let seen: ClusterStatus | undefined;
  const status = (): ClusterStatus => {
    if (seen === undefined) throw new Error('a cluster is judged before it was asked');
    return seen;
  };
  const kind: EngineKind = {
    passwordVariable: 'UNUSED',
    health: async (session) => {
      const answer = await askCluster(slowly(session.ask, rabbitIsSlow), spec);
      if ('verdict' in answer) return answer.verdict;
      seen = answer.status;
      return healthy('Running', 'the node runs');
    },
  };
  const engine = engineOf(ctx, spec, kind);
  const ask = slowly(engine.ask, rabbitIsSlow);
  const rungs: Rung[] = [
    ...engine.rungs,
    { name: 'no alarm', look: () => Promise.resolve(judgeAlarms(status())) },
    { name: 'cluster is whole', look: () => lookAtCluster(ctx, spec, status()) },
    { name: 'quorum queues hold', look: async () => lookAtQuorum(ask, spec, status()) },
  ];
  const { data } = spec;
  if (data !== undefined) rungs.push({ name: 'data', look: () => lookAtQueue(ask, spec, data) });
  return climb(rungs);
}

async function lookAtCluster(ctx: CheckContext, spec: Rabbitmq, status: ClusterStatus): Promise<Verdict> {
  const lost = await describeHosts(ctx, lostNodes(status).map(hostOf), spec.namespace ?? ctx.namespace);
  return judgeCluster(spec, status, lost);
}

type Ask = ReturnType<typeof slowly>;

/** Of a single node the question has no sense, and it costs a second. */
async function lookAtQuorum(ask: Ask, spec: Rabbitmq, status: ClusterStatus): Promise<Verdict> {
  if (status.known.length < 2) return healthy('OneNode', 'a single node has no majority to lose');
  return judgeQuorumQueues(
    await ask(withHome(spec, ['rabbitmq-queues', '--quiet', 'check_if_node_is_quorum_critical'])),
    spec,
  );
}

async function lookAtQueue(ask: Ask, spec: Rabbitmq, data: z.infer<typeof Data>): Promise<Verdict> {
  const columns = ['name', 'messages', 'state'];
  const command = ['rabbitmqctl', '--quiet', 'list_queues', '--vhost', data.vhost ?? '/', ...columns];
  const ran = await ask(withHome(spec, [...command, '--formatter', 'json']));
  if ('verdict' in ran) return ran.verdict;
  const { exitCode, stdout, stderr, cut } = ran.result;
  if (exitCode !== 0) return rabbitFault(stderr + stdout, spec);
  return judgeQueue(data, data.expect ?? atLeastOne, stdout, cut);
}

/** Check `rabbitmq`: a RabbitMQ whose cluster is whole, with its messages. */
export const rabbitmq: HealthCheck<Rabbitmq> = {
  type: 'rabbitmq',
  spec: Rabbitmq,
  expectsData: ({ data }) => data !== undefined && refusesNone(data.expect ?? atLeastOne),
  needs: engineNeeds,
  observe: look,
};
