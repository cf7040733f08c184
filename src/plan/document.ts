import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { show } from './words.ts';
import type { Fault, PlanPath } from './language.ts';

/** A place in the file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file that was understood: its value, and where each part of it stands. */
export interface PlanDocument {
  readonly value: unknown;
  /** What is wrong though the value is known: duplicate keys. */
  readonly faults: readonly Placed[];
  readonly document: Document;
  positionAt(offset: number): Position;
  /** Where a path stands; for what is not there, the nearest thing around it. */
  locate(fault: Pick<Fault, 'path' | 'atKey'>): Position;
}

/** A fault with its place. */
export interface Placed {
  readonly position: Position;
  readonly path: PlanPath;
  readonly message: string;
}

/** Why a file is no YAML mapping, or the document. */
export function readDocument(text: string): PlanDocument | { readonly faults: readonly Placed[] } {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    return understand(text, lines, positionAt);
  } catch (error) {
    // A file of brackets exhausts the parser's stack; an alias bomb is refused by the parser's own count.
    const message =
      error instanceof RangeError
        ? 'nested too deeply to be a plan'
        : 'its anchors and aliases cannot be resolved; write the values out';
    return { faults: [{ position: { line: 1, column: 1 }, path: [], message }] };
  }
}

function understand(
  text: string,
  lines: LineCounter,
  positionAt: (offset: number) => Position,
): PlanDocument | { readonly faults: readonly Placed[] } {
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // its messages quote the file, which may hold a secret
    logLevel: 'error', // 'silent' would also hide a second document
    merge: true,
    stringKeys: true,
    uniqueKeys: false, // looked at below, where both lines are known
  });
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    position: positionAt(error.pos[0]),
    path: [],
    message: syntaxMessage(error.code),
  }));
  if (broken.length > 0) return { faults: firstOfEachLine(broken) };
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null))
    return { faults: [top('the file is empty; a plan is a mapping with apiVersion, kind, metadata and spec')] };
  if (!isMap(root))
    return {
      faults: [
        top(
          `found ${isSeq(root) ? 'a list' : 'a single value'}; a plan is a mapping with apiVersion, kind, metadata and spec`,
        ),
      ],
    };
  const faults = unclearNodes(document, positionAt);
  if (faults.some(({ message }) => Object.values(aliasMessages).includes(message))) return { faults };
  return {
    value: document.toJS({ maxAliasCount: 100 }),
    faults,
    document,
    positionAt,
    locate: (fault) => positionAt(offsetOf(document, fault.path, fault.atKey === true)),
  };
}

const top = (message: string): Placed => ({ position: { line: 1, column: 1 }, path: [], message });

function firstOfEachLine(faults: readonly Placed[]): Placed[] {
  const seen = new Set<number>();
  return faults.filter(({ position }) => !seen.has(position.line) && seen.add(position.line)).slice(0, 20);
}

/** Duplicate keys; aliases that stand for nothing, or for what they stand in, which would never end. */
function unclearNodes(document: Document, positionAt: (offset: number) => Position): Placed[] {
  const found: Placed[] = [];
  visit(document, {
    Map: (_key, map, ancestors) => {
      found.push(...duplicatesIn(map, pathOf([...ancestors, map]), positionAt));
    },
    Alias: (_key, alias, ancestors) => {
      const target = alias.resolve(document);
      if (target !== undefined && !ancestors.includes(target)) return;
      const message = target === undefined ? aliasMessages.unknown : aliasMessages.endless;
      found.push({ position: positionAt(alias.range?.[0] ?? 0), path: pathOf([...ancestors, alias]), message });
    },
  });
  return found;
}

const aliasMessages = {
  unknown: 'this alias names no anchor that stands before it; quote a value that begins with `*`',
  endless: 'this alias stands inside its own anchor; write the value out',
};

function duplicatesIn(map: YAMLMap, path: PlanPath, positionAt: (offset: number) => Position): Placed[] {
  const first = new Map<string, number>();
  const duplicates: Placed[] = [];
  for (const pair of map.items) {
    const key = keyText(pair.key);
    const offset = startOf(pair.key) ?? 0;
    const before = first.get(key);
    if (before === undefined) first.set(key, offset);
    else if (key !== '<<') {
      const message = `duplicate key ${show(key)}; it stands first on line ${positionAt(before).line}`;
      duplicates.push({ position: positionAt(offset), path: [...path, key], message });
    }
  }
  return duplicates;
}

/** The path of the innermost of some nested nodes, as `visit` hands them out. */
export function pathOf(nodes: readonly unknown[]): PlanPath {
  const path: (string | number)[] = [];
  for (const [i, node] of nodes.entries()) {
    if (isPair(node)) path.push(keyText(node.key));
    else if (isSeq(node)) {
      const index = node.items.indexOf(nodes[i + 1]);
      if (index >= 0) path.push(index);
    }
  }
  return path;
}

function keyText(key: unknown): string {
  if (isScalar(key)) return String(key.value);
  return String(key);
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isCollection(node) || isAlias(node) ? (node.range?.[0] ?? undefined) : undefined;
}

/** Follows a path as far as it goes; the offset of the value, of its key, or of what is around it. */
function offsetOf(document: Document, path: PlanPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let around = startOf(node) ?? 0;
  for (const part of path) {
    const inside = isAlias(node) ? node.resolve(document) : node;
    if (isMap(inside)) {
      const pair = inside.items.findLast((candidate) => keyText(candidate.key) === String(part));
      if (pair === undefined) return around;
      around = startOf(pair.key) ?? around;
      node = pair.value;
    } else if (isSeq(inside) && typeof part === 'number') {
      node = inside.items[part];
      around = startOf(node) ?? around;
    } else return around;
  }
  const hasOwnPlace = isScalar(node)
    ? (node.source ?? '') !== ''
    : isAlias(node) || (isCollection(node) && node.flow === true);
  return atKey || !hasOwnPlace ? around : (startOf(node) ?? around);
}

/** The parser's findings in our words: what it quotes of the file is left out. */
function syntaxMessage(code: string): string {
  const known: Readonly<Record<string, string>> = {
    TAB_AS_INDENT: 'a tab indents this line; YAML is indented with spaces',
    BAD_INDENT: 'the indentation does not fit what is around it; use two spaces for each level',
    MULTIPLE_DOCS: 'a second document begins here; a file holds one plan, remove the `---` and what follows',
    MULTILINE_IMPLICIT_KEY: 'a key must stand on one line; is a `:` or a closing quote missing?',
    MISSING_CHAR: 'something is missing here: a closing quote or bracket, a comma, or a space after `:`',
    IMPOSSIBLE: 'this is no YAML',
    UNEXPECTED_TOKEN: 'this is not expected here; quote values that hold `:`, `#`, `{`, `[`, `@` or `%`',
    BLOCK_AS_IMPLICIT_KEY:
      'a mapping cannot begin in the middle of a value; put it on its own line, or quote a value that holds `: `',
    BAD_ALIAS: 'this is neither an alias nor an anchor; quote a value that begins with `*` or `&`',
    RESOURCE_EXHAUSTION: 'nested too deeply to be a plan',
    BAD_DQ_ESCAPE: 'this escape sequence is not known in double quotes; use single quotes to keep a backslash',
    TAG_RESOLVE_FAILED: 'this tag is not known; quote a value that begins with `!`',
    NON_STRING_KEY: 'a key must be plain text',
    BAD_SCALAR_START: 'a plain value cannot begin with this character; quote it',
    DUPLICATE_KEY: 'duplicate key',
  };
  return `not YAML: ${known[code] ?? 'this part cannot be read'}`;
}
