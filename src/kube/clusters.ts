import { KubeConfig } from '@kubernetes/client-node';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { createKubeClient } from './client.ts';
import { KubeError } from './error.ts';
import { configError, loginSource } from './login.ts';
import { numberAt, textAt } from './read.ts';
import type { KubeClient } from './types.ts';

/** The clusters that this process can reach, by the names of the kubeconfig's contexts. */
export interface ClusterSource {
  readonly contexts: readonly string[];
  /** One client per context, made when first asked for. Throws a KubeError (reason `ConfigInvalid`) for a name that is not there. */
  client(context: string): KubeClient;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The context's name for the cluster in which this process runs as a pod. */
const inClusterContext = 'in-cluster';

/**
 * Reads a kubeconfig. `path` may be several paths with colons between, as in KUBECONFIG: of entries with one name the
 * first counts. Without it: what the Kubernetes library finds by default (KUBECONFIG, the home folder's
 * `.kube/config`, the pod's service account as context `in-cluster`); finding nothing gives a source without contexts.
 */
export function clustersFromKubeconfig(path: string | undefined): ClusterSource {
  const load = (): KubeConfig =>
    path === undefined ? loadDefault() : loadFiles(path.split(delimiter).filter((each) => each !== ''));
  const config = load();
  const contexts = config.getContexts().map((each) => each.name);
  const clients = new Map<string, KubeClient>();
  return {
    contexts,
    client: (context) => {
      const made = clients.get(context) ?? createKubeClient(loginSource(context, load));
      clients.set(context, made);
      return made;
    },
    close: async () => {
      const open = [...clients.values()];
      clients.clear();
      await Promise.all(open.map((client) => client.close()));
    },
  };
}

function loadDefault(): KubeConfig {
  const config = new KubeConfig();
  reading('the default kubeconfig', () => {
    config.loadFromDefault();
  });
  // The library's last resort is a made-up localhost:8080, which nobody asked for.
  if (config.getCurrentContext() === 'loaded-context' && config.getCurrentCluster()?.server === 'http://localhost:8080')
    return new KubeConfig();
  if (config.getCurrentContext() !== 'inClusterContext') return config;
  const { clusters, users, contexts } = config;
  const renamed = new KubeConfig();
  renamed.loadFromOptions({
    clusters,
    users,
    contexts: contexts.map((each) => ({ ...each, name: inClusterContext })),
    currentContext: inClusterContext,
  });
  return renamed;
}

function loadFiles(paths: readonly string[]): KubeConfig {
  const merged = new KubeConfig();
  for (const path of paths) {
    const file = new KubeConfig();
    reading(`the kubeconfig ${path}`, () => {
      readFileSync(path);
      file.loadFromFile(path);
    });
    for (const each of file.getClusters()) if (merged.getCluster(each.name) === null) merged.addCluster(each);
    for (const each of file.getUsers()) if (merged.getUser(each.name) === null) merged.addUser(each);
    for (const each of file.getContexts()) if (merged.getContextObject(each.name) === null) merged.addContext(each);
  }
  return merged;
}

/** Errors in a kubeconfig in one sentence; the parser's own message quotes the file, tokens and all. */
function reading(what: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof KubeError) throw error;
    const line = numberAt(error, 'mark', 'line');
    const code = textAt(error, 'code');
    if (code === 'ENOENT') throw configError(`cannot read ${what}: there is no such file`);
    if (code !== undefined && line === undefined) throw configError(`cannot read ${what}: ${code}`);
    throw configError(`${what} is not a kubeconfig${line === undefined ? '' : `: line ${line + 1} is not YAML`}`);
  }
}
