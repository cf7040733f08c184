import { z } from 'zod';
import { acts } from '../../kube/needs.ts';
import { KubeError } from '../../kube/error.ts';
import { listAt, numberAt, textAt, valueAt } from '../../kube/read.ts';
import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, missing, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { attemptLimitMs, verdictOfError, withVerdict } from '../check-errors.ts';
import { Label, Namespace, Port } from '../check-words.ts';

const TcpSocket = z
  .strictObject({
    service: Label.describe('The Service.'),
    namespace: Namespace,
    port: Port.describe('A port of the Service, by number or name.'),
  })
  .describe(
    'A Service has a ready endpoint and its port is answered, seen from inside the cluster. ' +
      'Open is not the same as ready: a database in recovery accepts connections, so ask it by `exec` as well. ' +
      'What is sent is an HTTP request: servers that speak something else may log it as a bad one.',
  );
type TcpSocket = z.infer<typeof TcpSocket>;

/** What is wrong with a Service before anything is sent to it; undefined when it may be tried. Pure. */
export function judgeService(spec: TcpSocket, service: KubeObject, slices: readonly KubeObject[]): Verdict | undefined {
  const name = `Service ${service.metadata.namespace ?? ''}/${spec.service}`;
  if (textAt(service, 'spec', 'type') === 'ExternalName') {
    return degraded(
      'ExternalName',
      `${name} is a name for something outside the cluster, which cannot be tried from inside`,
    );
  }
  const ports = listAt(service, 'spec', 'ports');
  const port = ports.find((each) => numberAt(each, 'port') === spec.port || textAt(each, 'name') === spec.port);
  if (port === undefined)
    return degraded(
      'NoSuchPort',
      `${name} has no port ${spec.port}; it has ${ports.map(portText).join(', ') || 'none'}`,
    );
  const protocol = textAt(port, 'protocol') ?? 'TCP';
  if (protocol !== 'TCP') return degraded('NotTcp', `port ${spec.port} of ${name} is a ${protocol} port`);
  const endpoints = slices.flatMap((slice) => listAt(slice, 'endpoints'));
  // discovery/v1: an unset `ready` is to be read as true.
  if (endpoints.some((each) => valueAt(each, 'conditions', 'ready') !== false)) return undefined;
  return progressing(
    'NoEndpoints',
    `${name} has no ready endpoint${endpoints.length === 0 ? '' : ` among its ${endpoints.length}`}`,
  );
}

function portText(port: unknown): string {
  const name = textAt(port, 'name');
  return `${numberAt(port, 'port') ?? '?'}${name === undefined ? '' : ` (${name})`}`;
}

async function look(ctx: CheckContext, spec: TcpSocket): Promise<Verdict> {
  const { signal } = ctx;
  const namespace = spec.namespace ?? ctx.namespace;
  const service = await ctx.kube.get({ apiVersion: 'v1', kind: 'Service', namespace, name: spec.service }, { signal });
  if (service === undefined) return missing('NotFound', `Service ${namespace}/${spec.service} is not there`);
  const labelSelector = `kubernetes.io/service-name=${spec.service}`;
  const slices = await ctx.kube.list(
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    { namespace, labelSelector, signal },
  );
  return judgeService(spec, service, slices.items) ?? tryPort(ctx, spec, namespace);
}

/**
 * Lets the API server connect to a ready endpoint: a port-forward would always "connect". It sends an HTTP request, and
 * the way in which that fails tells the two apart: `dial …` means that no connection came about, while an HTTP answer of
 * any status, a connection closed without one, or bytes that are not HTTP need somebody who accepted it. Who accepts and
 * then keeps silent cannot be told from packets that are dropped on the way: that stays Unknown.
 */
async function tryPort(ctx: CheckContext, spec: TcpSocket, namespace: string): Promise<Verdict> {
  const where = `port ${spec.port} of Service ${namespace}/${spec.service}`;
  const target = { kind: 'Service', namespace, name: spec.service, port: spec.port, path: '/' } as const;
  try {
    await ctx.kube.proxyGet(target, { signal: ctx.signal, timeoutMs: attemptLimitMs });
    return healthy('Answered', `${where} answers`);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.reason === 'NotHttp') return healthy('Answered', `${where} answers`);
    if (error.reason === 'ConnectionRefused') return progressing('ConnectionRefused', `nobody listens on ${where}`);
    // Endpoints were ready a moment ago: either they just went away, or they are no pods.
    if (error.reason === 'NoEndpoints') {
      return progressing(
        'NoEndpoints',
        `no endpoint of ${where} is a ready pod; the API server connects to pods alone`,
      );
    }
    if (error.reason === 'Timeout' || error.reason === 'Aborted')
      return unknown('NoAnswer', `${where} neither answered nor refused in time`);
    return verdictOfError(error);
  }
}

/** Check `tcpSocket`: a Service's port answers. */
export const tcpSocket: HealthCheck<TcpSocket> = {
  type: 'tcpSocket',
  spec: TcpSocket,
  needs: ({ namespace }, home) => [
    ...acts('', 'services', ['get'], namespace ?? home),
    ...acts('', 'services/proxy', ['get'], namespace ?? home),
    ...acts('discovery.k8s.io', 'endpointslices', ['list'], namespace ?? home),
  ],
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
