import { refText, type ObjectRef } from '../model/verdict.ts';
import { versionPath } from './discovery.ts';
import { KubeError } from './error.ts';
import type { ApiResource } from './types.ts';

/** The path of all objects of a kind: of one namespace, or of the whole cluster. */
export function collectionPath(resource: ApiResource, namespace: string | undefined): string {
  const inNamespace = resource.namespaced && namespace !== undefined;
  const prefix = inNamespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${versionPath(resource.apiVersion)}${prefix}/${resource.plural}`;
}

/** The path of one object. A namespaced kind without a namespace is refused: it would name another object or none. */
export function objectPath(resource: ApiResource, ref: ObjectRef): string {
  if (resource.namespaced && !ref.namespace) {
    throw new KubeError(`${refText(ref)} has no namespace, and ${ref.kind} is a namespaced kind`, {
      code: 0,
      reason: 'BadRequest',
    });
  }
  if (ref.name === '' || ref.name === '.' || ref.name === '..') {
    throw new KubeError(`${JSON.stringify(ref.name)} cannot be the name of a ${ref.kind}`, {
      code: 0,
      reason: 'BadRequest',
    });
  }
  return `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
}
