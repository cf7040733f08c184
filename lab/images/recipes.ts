/** Every image of the lab, as data. Names are `docker.io/rekindle-lab/<name>:<tag>`; tags are the versions of what is inside. */
import type { ImageSettings } from './oci.ts';

/** Programs that the lab builds and that run in pods; the keys under which their paths are handed in. */
export type ImageTool = 'velero' | 'velero-restore-helper' | 'velero-plugin-for-aws' | 'cnpg-manager' | 'bookstore-web';

/** An image made of programs on an otherwise empty file system. `busybox` adds a shell and the usual small programs. */
export interface ToolImage {
  readonly name: string;
  readonly files: readonly { readonly tool: ImageTool; readonly to: string }[];
  readonly links?: readonly { readonly path: string; readonly to: string }[];
  readonly folders?: readonly string[];
  readonly busybox: boolean;
  readonly settings: ImageSettings;
}

/** The repository part of every reference. The registry is never asked: images are imported. */
export const repository = 'docker.io/rekindle-lab';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Images over the shared Debian root file system; they differ by settings alone, so each costs half a kilobyte. */
export const dataImages: readonly { readonly name: string; readonly settings: ImageSettings }[] = [
  { name: 'postgresql:15', settings: { env: [`PATH=/usr/lib/postgresql/15/bin:${path}`, 'LANG=C.UTF-8'] } },
  { name: 'mariadb:10.11', settings: { env: [`PATH=${path}`, 'LANG=C.UTF-8'] } },
  { name: 'redis:7.0', settings: { env: [`PATH=${path}`, 'LANG=C.UTF-8'], entrypoint: ['redis-server'] } },
  {
    name: 'rabbitmq:3.10',
    settings: { env: [`PATH=/usr/lib/rabbitmq/bin:${path}`, 'LANG=C.UTF-8'], entrypoint: ['rabbitmq-server'] },
  },
];

/** Images with programs of the lab's own build. */
export const toolImages: readonly ToolImage[] = [
  {
    name: 'velero:1.18.3',
    files: [
      { tool: 'velero', to: '/velero' },
      // Velero puts this one into restored pods to wait for their volumes (file-system backups).
      { tool: 'velero-restore-helper', to: '/velero-restore-helper' },
    ],
    folders: ['/plugins', '/scratch'],
    busybox: true,
    settings: { entrypoint: ['/velero'], env: [`PATH=${path}`, 'HOME=/scratch'] },
  },
  {
    name: 'velero-plugin-for-aws:1.14.3',
    files: [{ tool: 'velero-plugin-for-aws', to: '/plugins/velero-plugin-for-aws' }],
    folders: ['/target'],
    busybox: true,
    // As an init container it has one task: to copy the plug-in into the folder that it shares with Velero.
    settings: { entrypoint: ['/bin/busybox', 'cp', '/plugins/velero-plugin-for-aws', '/target/'] },
  },
  {
    name: 'cloudnative-pg:1.27.0',
    // The operator looks for operator/manager_<architecture> to copy it into its database pods.
    files: [{ tool: 'cnpg-manager', to: '/operator/manager_amd64' }],
    links: [{ path: '/manager', to: 'operator/manager_amd64' }],
    busybox: false,
    settings: { entrypoint: ['/manager'], workingDir: '/' },
  },
  {
    name: 'bookstore-web:1',
    files: [{ tool: 'bookstore-web', to: '/bookstore-web' }],
    busybox: false,
    settings: { entrypoint: ['/bookstore-web'] },
  },
  // The sandbox of every pod: it holds the pod's namespaces open and does nothing.
  { name: 'pause:1', files: [], busybox: true, settings: { entrypoint: ['/bin/busybox', 'sleep', '2147483647'] } },
];

/** The full reference of an image, e.g. `docker.io/rekindle-lab/pause:1`. */
export function reference(name: string): string {
  return `${repository}/${name}`;
}
