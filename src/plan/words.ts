import { distance } from 'fastest-levenshtein';
import { looksLikeCredential } from './credentials.ts';

const longestShown = 60;

/** A value as a message may show it: short, and never one that looks like a credential. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return JSON.stringify(value);
  if (looksLikeCredential(value)) return 'a value that looks like a credential';
  return quoted(value.length > longestShown ? `${value.slice(0, longestShown)}…` : value);
}

/** A value as a plan may write it: as `show`, without quotes where YAML needs none. */
export function plain(value: unknown): string {
  const shown = show(value);
  const isText = typeof value === 'string' && shown === JSON.stringify(value) && Number.isNaN(Number(value));
  return isText && /^(?!(?:true|false|null)$)[a-z0-9][-\w./]*$/i.test(value) ? value : shown;
}

/** For a mapping of which only one value was written: what to write instead. */
export function inMapping(key: string, type: 'string' | 'boolean' = 'string') {
  return ({ input }: { readonly input?: unknown }): string | undefined =>
    typeof input === type ? `found ${show(input)}; write a mapping, as { ${key}: ${plain(input)} }` : undefined;
}

/** In quotes, and nothing in it that a terminal would obey: control characters, a change of direction. */
function quoted(text: string): string {
  const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replaceAll(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, escaped);
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** `a, b, c`, and how many more there are when there are many. */
export function listed(words: readonly string[]): string {
  const most = 20;
  const rest = words.length - most;
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ');
}

/** The known word that was most likely meant, if any is near enough. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const most = Math.max(2, Math.floor(word.length / 3));
  let best: { readonly word: string; readonly steps: number } | undefined;
  for (const candidate of known.slice(0, 200)) {
    const steps = distance(word.toLowerCase(), candidate.toLowerCase());
    if (steps <= most && steps < candidate.length && (best === undefined || steps < best.steps))
      best = { word: candidate, steps };
  }
  return best?.word;
}

/** ` (did you mean "x"?)`, or nothing. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : ` (did you mean ${JSON.stringify(near)}?)`;
}
