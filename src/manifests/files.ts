import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../kube/types.ts';
import { refText } from '../model/verdict.ts';

/** The manifests of a step, read and checked. */
export interface Manifests {
  /** In the order of applying: namespaces and definitions first, then as written. */
  readonly objects: readonly KubeObject[];
  /** Of all files with their paths, hex. */
  readonly sha256: string;
}

/** What is wrong with a manifest file, one sentence with its path. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** A step's files together may be this large. */
const limitBytes = 16 * 1024 ** 2;

/** Reads files and folders (all `.yaml`, `.yml`, `.json` in them, sorted) below the plans folder. */
export async function readManifests(plansFolder: string, paths: readonly string[]): Promise<Manifests> {
  const root = await realpath(plansFolder);
  const files: string[] = [];
  for (const path of paths) files.push(...(await filesOf(root, path)));
  const hash = createHash('sha256');
  const objects: KubeObject[] = [];
  let size = 0;
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    size += text.length;
    if (size > limitBytes)
      throw new ManifestError(`the manifests of the step are larger than ${limitBytes} bytes together: split them`);
    const name = relative(root, file).split(sep).join('/');
    hash.update(`${name}\n${text.length}\n${text}`);
    objects.push(...objectsOf(text, name));
  }
  refuseTwice(objects);
  return { objects: objects.toSorted((a, b) => rank(a) - rank(b)), sha256: hash.digest('hex') };
}

async function filesOf(root: string, path: string): Promise<readonly string[]> {
  const full = await realpath(join(root, path)).catch(() => undefined);
  if (full === undefined) throw new ManifestError(`${path}: there is no such file or folder in the plans folder`);
  // After following links: a link may not lead out either.
  if (full !== root && !full.startsWith(`${root}${sep}`))
    throw new ManifestError(`${path}: leads out of the plans folder`);
  if (!(await stat(full)).isDirectory()) return [full];
  const entries = await readdir(full, { withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(full, entry.name));
  if (files.length === 0) throw new ManifestError(`${path}: the folder holds no .yaml, .yml or .json file`);
  return files.toSorted();
}

function objectsOf(text: string, file: string): readonly KubeObject[] {
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(text)) {
    // The parser's own message quotes the text, which may hold a secret: only where and what kind of error.
    const [error] = document.errors;
    if (error) throw new ManifestError(`${file}:${error.linePos?.[0].line ?? 1}: not valid YAML (${error.code})`);
    const value: unknown = document.toJS();
    if (value !== null && value !== undefined) objects.push(...expand(value, file));
  }
  return objects;
}

function expand(value: unknown, file: string): readonly KubeObject[] {
  if (isList(value)) return value.items.flatMap((item) => expand(item, file));
  if (!isObject(value))
    throw new ManifestError(
      `${file}: a document is not a Kubernetes object: it needs apiVersion, kind and metadata.name`,
    );
  if (value.kind === 'Secret' && (value['data'] !== undefined || value['stringData'] !== undefined))
    throw new ManifestError(
      `${file}: ${refText({ kind: 'Secret', name: value.metadata.name })} holds its data in plain text; restore Secrets from the Backup, or let a secret store's operator make them`,
    );
  return [value];
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'List' &&
    'items' in value &&
    Array.isArray(value.items)
  );
}

function isObject(value: unknown): value is KubeObject {
  if (
    typeof value !== 'object' ||
    value === null ||
    !('apiVersion' in value) ||
    !('kind' in value) ||
    !('metadata' in value)
  )
    return false;
  const { apiVersion, kind, metadata } = value;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata === 'object' &&
    metadata !== null &&
    'name' in metadata &&
    typeof metadata.name === 'string'
  );
}

function refuseTwice(objects: readonly KubeObject[]): void {
  const seen = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const key = [apiVersion, kind, metadata.namespace, metadata.name].join('/');
    if (seen.has(key))
      throw new ManifestError(
        `${refText({ kind, name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) })} stands twice in the manifests of the step`,
      );
    seen.add(key);
  }
}

function rank(object: KubeObject): number {
  if (object.kind === 'Namespace') return 0;
  return object.kind === 'CustomResourceDefinition' ? 1 : 2;
}
