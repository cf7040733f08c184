import { acts, type Need } from '../kube/needs.ts';
import type { PlaceSpec } from './engines/engine.ts';

/** What asking in a container takes: the pods to choose from, and exec, which a WebSocket asks for by `get` and since Kubernetes 1.35 by `create` too. */
export function execNeeds(spec: { readonly namespace?: string | undefined }, home: string): Need[] {
  const namespace = spec.namespace ?? home;
  return [...acts('', 'pods', ['get', 'list'], namespace), ...acts('', 'pods/exec', ['create', 'get'], namespace)];
}

/** The same, with the Secrets and claims that an engine's check names, each by its name. */
export function engineNeeds(spec: PlaceSpec, home: string): Need[] {
  const { password, secrets = [], claims = [] } = spec;
  const namespace = spec.namespace ?? home;
  const named = (resource: string, names: readonly string[]): Need[] =>
    names.flatMap((name) => acts('', resource, ['get'], namespace).map((need) => ({ ...need, name })));
  return [
    ...execNeeds(spec, home),
    ...named('secrets', [...secrets, ...(password?.secretName === undefined ? [] : [password.secretName])]),
    ...named('persistentvolumeclaims', claims),
  ];
}
