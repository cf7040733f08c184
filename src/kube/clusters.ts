import { KubeConfig, type User } from '@kubernetes/client-node';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { createKubeClient } from './client.ts';
import { KubeError } from './error.ts';
import { configError, loginSource } from './login.ts';
import { listAt, numberAt, textAt } from './read.ts';
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
    const tokens = new Map<string, string>();
    reading(`the kubeconfig ${path}`, () => {
      const text = readFileSync(path, 'utf8');
      file.loadFromFile(path);
      for (const [user, tokenFile] of tokenFilesOf(parse(text))) tokens.set(user, resolve(dirname(path), tokenFile));
    });
    for (const each of file.getClusters()) if (merged.getCluster(each.name) === null) merged.addCluster(each);
    for (const each of file.getUsers())
      if (merged.getUser(each.name) === null) merged.addUser(withToken(each, tokens.get(each.name)));
    for (const each of file.getContexts()) if (merged.getContextObject(each.name) === null) merged.addContext(each);
  }
  return merged;
}

/** The users whose token stands in a file of its own, which may be exchanged: kubectl knows `tokenFile`, the library does not. */
function tokenFilesOf(config: unknown): readonly (readonly [user: string, tokenFile: string])[] {
  return listAt(config, 'users').flatMap((entry) => {
    const tokenFile = textAt(entry, 'user', 'tokenFile');
    return tokenFile === undefined ? [] : [[textAt(entry, 'name') ?? '', tokenFile] as const];
  });
}

/** Read at each load, so that a 401 leads to the token that is there then. It goes before `token`, as with kubectl. */
function withToken(user: User, tokenFile: string | undefined): User {
  if (tokenFile === undefined) return user;
  let token = '';
  reading(`the token file ${tokenFile}`, () => (token = readFileSync(tokenFile, 'utf8').trim()));
  return { ...user, token };
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
