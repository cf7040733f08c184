import { join } from 'node:path';
import { apply } from '../api.ts';
import type { Admin } from '../api.ts';
import type { Machine } from '../machine.ts';
import type { SitePlaces } from '../places.ts';
import { waitFor } from '../run.ts';

/** Port on the node's address where the ingress controller takes HTTP. */
export const ingressPort = 80;
const ports = { xds: 8001, metrics: 8000, health: 8003, envoyStats: 8004 };

/** Starts the ingress controller: Contour, which reads Ingress objects, and Envoy, which carries the traffic. */
export async function startIngress(
  machine: Machine,
  places: SitePlaces,
  contour: string,
  envoy: string,
  admin: Admin,
): Promise<void> {
  await apply(admin, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'projectcontour' } },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: 'contour' },
      spec: { controller: 'projectcontour.io/ingress-controller' },
    },
  ]);
  machine.daemon('contour', [
    ...[contour, 'serve', `--kubeconfig=${admin.kubeconfig}`, '--insecure', '--disable-leader-election'],
    ...[
      '--xds-address=127.0.0.1',
      `--xds-port=${ports.xds}`,
      '--http-address=127.0.0.1',
      `--http-port=${ports.metrics}`,
    ],
    ...['--health-address=127.0.0.1', `--health-port=${ports.health}`],
    ...['--stats-address=127.0.0.1', `--stats-port=${ports.envoyStats}`],
    ...['--envoy-service-http-address=0.0.0.0', `--envoy-service-http-port=${ingressPort}`],
    ...[`--ingress-status-address=${machine.range.nodeAddress}`, '--ingress-class-name=contour'],
  ]);
  const bootstrap = join(places.config, 'envoy.json');
  await machine.run([
    contour,
    'bootstrap',
    '--xds-address=127.0.0.1',
    `--xds-port=${ports.xds}`,
    '--admin-address=/run/envoy-admin.sock',
    bootstrap,
  ]);
  const names = ['--service-cluster', 'lab', '--service-node', 'lab'];
  machine.daemon('envoy', [
    envoy,
    '--config-path',
    bootstrap,
    ...names,
    '--log-level',
    'warn',
    '--concurrency',
    '1',
    '--disable-hot-restart',
  ]);
}

/** Waits until both parts of the ingress controller are at work. Envoy listens from the first Ingress on. */
export async function awaitIngress(machine: Machine): Promise<void> {
  const hexPort = ports.xds.toString(16).toUpperCase().padStart(4, '0');
  await waitFor('Envoy has a connection to Contour', 180, async () => {
    machine.daemons.insist('contour');
    machine.daemons.insist('envoy');
    const connections = await machine.run(['cat', '/proc/net/tcp']);
    // Remote address 127.0.0.1:<xds port>, state 01 = established.
    return connections.includes(`0100007F:${hexPort} 01`) ? true : undefined;
  });
}
