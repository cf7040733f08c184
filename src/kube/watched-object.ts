import { isRecord, listAt } from './read.ts';
import type { KubeObject } from './types.ts';

/** What `kubectl apply` notes of an object inside the object: as long as the object itself. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object without what no judgement reads and that is most of its size: who manages which field, and a kind's schemas. */
export function trimmed(object: KubeObject): KubeObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const { [lastApplied]: __, ...others } = annotations ?? {};
  const spec = object.kind === 'CustomResourceDefinition' ? withoutSchemas(object['spec']) : object['spec'];
  return {
    ...object,
    metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others },
    ...(spec === undefined ? {} : { spec }),
  };
}

function withoutSchemas(spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  const versions = listAt(spec, 'versions').map((version) => {
    if (!isRecord(version)) return version;
    const { schema: _, ...rest } = version;
    return rest;
  });
  return { ...spec, versions };
}

/** Its place among the objects of its kind. */
export function objectKey(object: { readonly name: string; readonly namespace?: string | undefined }): string {
  return `${object.namespace ?? ''}/${object.name}`;
}

/** One part of a label selector: `app=web`, `app==web`, `app`. */
const part = /^(?<key>[A-Za-z0-9_./-]+)(?:={1,2}(?<value>[A-Za-z0-9_.-]*))?$/u;

/** What a label selector asks; undefined where it is more than equality and existence, which is left to the API server. */
export function selectorTest(selector: string | undefined): ((object: KubeObject) => boolean) | undefined {
  const wanted: { readonly key: string; readonly value: string | undefined }[] = [];
  for (const text of (selector ?? '').split(',').filter((each) => each.trim() !== '')) {
    const found = part.exec(text.trim())?.groups;
    if (found?.['key'] === undefined) return undefined;
    wanted.push({ key: found['key'], value: found['value'] });
  }
  return ({ metadata: { labels = {} } }) =>
    wanted.every(({ key, value }) => (value === undefined ? labels[key] !== undefined : labels[key] === value));
}
