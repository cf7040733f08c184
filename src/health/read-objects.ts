import { LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import { isRecord, parseJson, textAt } from '../kube/read.ts';
import { duplicateKey } from './json-keys.ts';

/** Input that cannot be read as objects at all: one sentence, with file and line where there is one. */
export class HealthInputError extends Error {
  override readonly name = 'HealthInputError';
}

/** A piece of input as it came: `name` stands in messages. */
export interface HealthInput {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Every entry of an input in its order: documents, and what lists hold. Throws HealthInputError. */
export function entriesOf(input: HealthInput): readonly unknown[] {
  const text = textOf(input);
  const documents = jsonDocuments(text, input.name) ?? yamlDocuments(text, input.name);
  // A document of comments alone, or the empty one after a last ---.
  const filled = documents.filter((document) => document !== null && document !== undefined);
  if (filled.length === 0)
    throw new HealthInputError(`${input.name} is empty: expected Kubernetes objects as YAML or JSON`);
  return filled.flatMap((document) => (Array.isArray(document) ? document.flatMap(unpacked) : unpacked(document)));
}

function textOf({ name, bytes }: HealthInput): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new HealthInputError(`${name} is compressed with gzip: unpack it first`);
  const zero = bytes.indexOf(0);
  if (zero >= 0)
    throw new HealthInputError(`${name} is not text (byte ${zero} is zero): expected YAML or JSON in UTF-8`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HealthInputError(`${name} is not text in UTF-8: expected YAML or JSON`);
  }
}

/** One JSON value, or one on each line; undefined when the text is not JSON: YAML then has the word, and the line of an error. */
function jsonDocuments(text: string, name: string): readonly unknown[] | undefined {
  if (!/^\s*[{[]/u.test(text)) return undefined;
  const whole = parseJson(text);
  if (whole !== undefined) {
    refuseDuplicates(text, name, 0);
    return [whole];
  }
  const lines = text.split('\n');
  const values = lines.map((line) => (line.trim() === '' ? null : parseJson(line)));
  if (values.includes(undefined)) return undefined;
  for (const [index, line] of lines.entries()) refuseDuplicates(line, name, index);
  return values;
}

function refuseDuplicates(json: string, name: string, lineOffset: number): void {
  const twice = duplicateKey(json);
  if (twice !== undefined)
    throw new HealthInputError(
      `${name}:${twice.line + lineOffset}: the key "${twice.key}" stands twice in one object; leave one`,
    );
}

function yamlDocuments(text: string, name: string): readonly unknown[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true, uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.map((document): unknown => {
    const [error] = document.errors;
    if (error !== undefined) throw new HealthInputError(syntaxText(error, name, lineCounter));
    try {
      const value: unknown = document.toJS();
      return value;
    } catch (cause) {
      // Too many aliases: a few lines that unfold into gigabytes.
      throw new HealthInputError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  });
}

function syntaxText(error: YAMLError, name: string, lineCounter: LineCounter): string {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  const what =
    error.code === 'DUPLICATE_KEY'
      ? 'a key stands twice in one mapping; leave one'
      : `not valid YAML: ${error.message.replace(/\s+/gu, ' ')}`;
  return `${name}:${line}:${col}: ${what}`;
}

/** A List's items, each with the kind that a typed list leaves out; anything else is one entry. */
function unpacked(document: unknown): readonly unknown[] {
  const kind = textAt(document, 'kind') ?? '';
  if (!isRecord(document) || !kind.endsWith('List') || textAt(document, 'metadata', 'name') !== undefined)
    return [document];
  const items = itemsOf(document, kind);
  if (items === undefined) return [document];
  if (kind === 'List') return items.flatMap(unpacked);
  const common = { apiVersion: document['apiVersion'], kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item) => unpacked(isRecord(item) ? { ...common, ...item } : item));
}

/** An empty list may be written as null (Go does), and a List may leave it out; a kind of one's own that ends in List has none. */
function itemsOf(document: { readonly [field: string]: unknown }, kind: string): readonly unknown[] | undefined {
  const items: unknown = document['items'];
  if (Array.isArray(items)) return items.map((item: unknown) => item);
  return items === null || (items === undefined && kind === 'List') ? [] : undefined;
}
