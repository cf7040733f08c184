import { join } from 'node:path';
import { checkout } from './names.ts';

/** One program that the lab builds from source: a package of one of the small modules of `lab/`, pinned by its go.mod and go.sum. */
export interface GoTool {
  readonly name: string;
  /** Folder of the module, below the checkout. */
  readonly module: string;
  /** Package to build, as `go build` takes it. */
  readonly package: string;
  /** Variables of the program that are set while linking. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Built when somebody asks for it, not for every lab. */
  readonly onDemand?: true;
}

/** The Kubernetes release of every lab. */
export const kubernetesVersion = 'v1.34.4';

// Without these the components call themselves v0.0.0 and clients refuse or warn about the version's distance.
const kubernetesVariables = Object.fromEntries(
  ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    [`${path}.gitVersion`, kubernetesVersion],
    [`${path}.gitMajor`, '1'],
    [`${path}.gitMinor`, '34'],
    [`${path}.gitTreeState`, 'clean'],
  ]),
);

const velero = 'github.com/vmware-tanzu/velero/cmd';

/** Everything that a lab may need built. Order is that of building: what the first seconds of `up` need comes first. */
export const goTools = [
  { name: 'pki', module: 'lab/tools/pki', package: '.' },
  { name: 'kube', module: 'lab/tools/kube', package: '.', variables: kubernetesVariables },
  { name: 'velero', module: 'lab/tools/site', package: `${velero}/velero` },
  { name: 'velero-restore-helper', module: 'lab/tools/site', package: `${velero}/velero-restore-helper` },
  {
    name: 'velero-plugin-for-aws',
    module: 'lab/tools/site',
    package: 'github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws',
  },
  { name: 'versitygw', module: 'lab/tools/site', package: 'github.com/versity/versitygw/cmd/versitygw' },
  { name: 'coredns', module: 'lab/tools/site', package: 'github.com/coredns/coredns' },
  { name: 'cnpg-manager', module: 'lab/tools/site', package: 'github.com/cloudnative-pg/cloudnative-pg/cmd/manager' },
  {
    name: 'snapshot-controller',
    module: 'lab/tools/site',
    package: 'github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller',
  },
  {
    name: 'csi-provisioner',
    module: 'lab/tools/csi',
    package: 'github.com/kubernetes-csi/external-provisioner/v5/cmd/csi-provisioner',
  },
  {
    name: 'csi-snapshotter',
    module: 'lab/tools/csi',
    package: 'github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter',
  },
  { name: 'contour', module: 'lab/tools/contour', package: 'github.com/projectcontour/contour/cmd/contour' },
  { name: 'lab-csi', module: 'lab/csi', package: '.' },
  { name: 'bookstore-web', module: 'lab/sites/bookstore/web', package: '.' },
  { name: 'ferretdb', module: 'lab/tools/ferretdb', package: '.', onDemand: true },
] as const satisfies readonly GoTool[];

/** A tool that the lab knows how to build. */
export type ToolName = (typeof goTools)[number]['name'];

/** A tool that every whole site has. */
export type SiteToolName = Exclude<(typeof goTools)[number], { readonly onDemand: true }>['name'];

/** Where each program of a site is. */
export type ToolPaths = Readonly<Record<SiteToolName, string>>;

/** What a whole site needs. */
export const siteTools: readonly SiteToolName[] = goTools.flatMap((tool) => ('onDemand' in tool ? [] : [tool.name]));

/** What an API server with its database and controllers needs. */
export const controlPlaneTools = ['pki', 'kube'] as const satisfies readonly ToolName[];

/** The folder of a tool's module on this machine. */
export function moduleFolder(tool: GoTool): string {
  return join(checkout, tool.module);
}
