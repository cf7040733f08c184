import { isIP } from 'node:net';
import type { CheckContext } from '../check.ts';

/** How many hosts a message names. */
const shownCount = 5;

/**
 * What a cluster knows of the hosts that its engine has in its own configuration: after a restore those may be the lost
 * site's. `mongo-1.mongo.shop.svc.cluster.local` is Pod mongo-1 of namespace shop; the namespace may be left out.
 */
export async function describeHosts(ctx: CheckContext, hosts: readonly string[], namespace: string): Promise<string> {
  const texts: string[] = [];
  for (const host of hosts.slice(0, shownCount)) texts.push(`${host} (${await whatIs(ctx, host, namespace)})`);
  const rest = hosts.length - shownCount;
  return `${texts.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

async function whatIs(ctx: CheckContext, host: string, namespace: string): Promise<string> {
  const [name = '', , hostNamespace = namespace, svc = 'svc'] = host.split('.');
  if (isIP(host) !== 0) return 'an address, which a pod does not keep';
  if (svc !== 'svc' || !/^[a-z0-9][-a-z0-9]{0,62}$/.test(name) || !/^[a-z0-9][-a-z0-9]{0,62}$/.test(hostNamespace))
    return 'outside this cluster';
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: hostNamespace, name };
  const pod = await ctx.kube.get(ref, { signal: ctx.signal });
  return pod === undefined ? `there is no Pod ${hostNamespace}/${name} here` : `Pod ${hostNamespace}/${name} is here`;
}
