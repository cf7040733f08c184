/** What the small site of the chaos matrix is made of: a Redis with its volume, a workload, and things that act by the clock. */
import type { KubeObject } from '../../../src/kube/types.ts';

/** The site's namespaces: the disaster is that they are gone. */
export const chaosNamespaces = ['chaos-data', 'chaos-web'] as const;

const [data, web] = chaosNamespaces;
const images = { redis: 'docker.io/rekindle-lab/redis:7.0', pause: 'docker.io/rekindle-lab/pause:1' } as const;
const seldom = '0 3 1 1 *';

/** All objects of the site, namespaces first. */
export function chaosObjects(): KubeObject[] {
  return [
    ...chaosNamespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    ...store(),
    ...shop(),
  ];
}

function object(apiVersion: string, kind: string, namespace: string, name: string, more: object): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace, labels: { app: name } }, ...more };
}

function pods(name: string, spec: object): object {
  const labels = { app: name };
  return {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, ...spec } },
  };
}

function store(): KubeObject[] {
  // Its command line stays as it was started, so that it can be told from other processes.
  const config = ['dir /data', 'save 3600 1', 'port 6379', 'set-proc-title no', ''].join('\n');
  const container = {
    name: 'redis',
    image: images.redis,
    imagePullPolicy: 'IfNotPresent',
    command: ['redis-server', '/etc/keys/redis.conf'],
    ports: [{ name: 'redis', containerPort: 6379 }],
    readinessProbe: { exec: { command: ['redis-cli', 'ping'] }, periodSeconds: 1, timeoutSeconds: 5 },
    volumeMounts: [
      { name: 'data', mountPath: '/data' },
      { name: 'config', mountPath: '/etc/keys' },
    ],
  };
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'lab', resources: { requests: { storage: '100Mi' } } },
  };
  const spec = {
    securityContext: { runAsUser: 828, runAsGroup: 828, fsGroup: 828, fsGroupChangePolicy: 'OnRootMismatch' },
    containers: [container],
    volumes: [{ name: 'config', configMap: { name: 'keys' } }],
  };
  return [
    object('v1', 'ConfigMap', data, 'keys', { data: { 'redis.conf': config } }),
    object('v1', 'Service', data, 'keys', { spec: { selector: { app: 'keys' }, ports: [{ port: 6379 }] } }),
    object('apps/v1', 'StatefulSet', data, 'keys', {
      spec: { serviceName: 'keys', ...pods('keys', spec), volumeClaimTemplates: [claim] },
    }),
  ];
}

function shop(): KubeObject[] {
  const container = {
    name: 'web',
    image: images.pause,
    imagePullPolicy: 'Never',
    readinessProbe: { exec: { command: ['/bin/busybox', 'true'] }, periodSeconds: 1, timeoutSeconds: 5 },
  };
  const job = { name: 'report', image: images.pause, imagePullPolicy: 'Never', command: ['/bin/busybox', 'true'] };
  return [
    object('v1', 'ConfigMap', web, 'settings', { data: { mode: 'production' } }),
    object('v1', 'Service', web, 'web', { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }),
    object('apps/v1', 'Deployment', web, 'web', { spec: pods('web', { containers: [container] }) }),
    object('networking.k8s.io/v1', 'NetworkPolicy', web, 'web', {
      spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] },
    }),
    object('batch/v1', 'CronJob', web, 'report', {
      spec: {
        schedule: seldom,
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [job] } } } },
      },
    }),
  ];
}

/** A Schedule of Velero's: not part of the site, and not to run in the middle of its recovery. */
export function chaosSchedule(namespace: string): KubeObject {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Schedule',
    metadata: { name: 'chaos-yearly', namespace },
    spec: { schedule: seldom, template: { includedNamespaces: [...chaosNamespaces] } },
  };
}
