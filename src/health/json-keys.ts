/** A key that stands twice in one JSON object: the last would win in silence. `line` counts from 1. */
export interface DuplicateKey {
  readonly key: string;
  readonly line: number;
}

const texts = /"(?:[^"\\]|\\.)*"|[{}[\]:,\n]/gu;

/** The first key that stands twice in one object of a valid JSON text; undefined when there is none. */
export function duplicateKey(json: string): DuplicateKey | undefined {
  const open: (Set<string> | undefined)[] = [];
  let line = 1;
  let text: string | undefined;
  for (const [token] of json.matchAll(texts)) {
    if (token === '\n') line += 1;
    else if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const keys = open.at(-1);
      const key = unquoted(text ?? '""');
      if (keys?.has(key)) return { key, line };
      keys?.add(key);
    }
    if (token.startsWith('"')) text = token;
  }
  return undefined;
}

/** Escapes spell the same key in many ways. */
function unquoted(text: string): string {
  const value: unknown = JSON.parse(text);
  return String(value);
}
