import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

/** The lab's administrator: asks the API server directly, and applies manifests by kubectl. */
export interface Admin {
  readonly server: string;
  readonly pkiFolder: string;
  readonly kubeconfig: string;
  readonly kube: string;
}

/** GET of one path, for probes. Answers are not cached or retried; a refused connection throws. */
export function get(admin: Admin, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      ca: readFileSync(join(admin.pkiFolder, 'ca.crt')),
      cert: readFileSync(join(admin.pkiFolder, 'admin.crt')),
      key: readFileSync(join(admin.pkiFolder, 'admin.key')),
      agent: false as const,
      timeout: 5000,
    };
    const sent = request(`${admin.server}${path}`, options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer from ${admin.server} within 5 s`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** One object as JSON; undefined where there is none. */
export async function getObject(admin: Admin, path: string): Promise<unknown> {
  const answer = await get(admin, path);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`API server answers ${answer.status} to ${path}`);
  return JSON.parse(answer.body) as unknown;
}

/** Runs kubectl as the lab's administrator. */
export function kubectl(
  admin: Pick<Admin, 'kube' | 'kubeconfig'>,
  args: readonly string[],
  input?: string,
): Promise<string> {
  // What kubectl remembers of the API server goes with the lab, not into the caller's home.
  const cache = kubectlCache(dirname(admin.kubeconfig));
  return run(
    [admin.kube, 'kubectl', `--kubeconfig=${admin.kubeconfig}`, `--cache-dir=${cache}`, ...args],
    input === undefined ? {} : { input },
  );
}

/** Where kubectl keeps what it learned of an API server; another cluster at the same address must not inherit it. */
export function kubectlCache(kubeconfigFolder: string): string {
  return join(kubeconfigFolder, 'kubectl-cache');
}

/** Applies objects, by the server's own merge: the last-applied annotation is too small for large CRDs. */
export async function apply(admin: Admin, objects: readonly unknown[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(
    admin,
    ['apply', '--server-side', '--force-conflicts', '--field-manager=rekindle-lab', '-f', '-'],
    JSON.stringify(list),
  );
}

/** Applies manifest files as they are. */
export async function applyFiles(admin: Pick<Admin, 'kube' | 'kubeconfig'>, files: readonly string[]): Promise<void> {
  const flags = files.flatMap((file) => ['-f', file]);
  await kubectl(admin, ['apply', '--server-side', '--force-conflicts', '--field-manager=rekindle-lab', ...flags]);
}
