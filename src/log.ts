/** Log lines: a static message and fields. JSON in a pipe, one readable line in a terminal; never a secret. */
import pc from 'picocolors';
import { forHistory } from './model/redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one entry. */
export type LogSink = (level: LogLevel, message: string, fields?: { readonly [name: string]: unknown }) => void;

export interface LogOptions {
  /** One JSON object a line; else a line for people. */
  readonly json: boolean;
  readonly colour: boolean;
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

/** Makes the one logger of a process. */
export function createLog(options: LogOptions): LogSink {
  const now = options.now ?? (() => new Date());
  return (level, message, fields = {}) => {
    const at = now().toISOString();
    const clean = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cleanField(name, value)]));
    options.write(
      options.json
        ? JSON.stringify({ at, level, message, ...clean })
        : prettyLine(at, level, message, clean, options.colour),
    );
  };
}

function prettyLine(
  at: string,
  level: LogLevel,
  message: string,
  fields: { readonly [name: string]: unknown },
  colour: boolean,
): string {
  const paint = pc.createColors(colour);
  const colours = { debug: paint.dim, info: paint.cyan, warn: paint.yellow, error: paint.red };
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${paint.dim(at.slice(11, 23))} ${colours[level](level.padEnd(5))} ${message} ${paint.dim(rest.join(' '))}`.trimEnd();
}

const secretName = /pass(word|wd)?$|secret|token|credential|authorization|api[-_]?key|private[-_]?key/i;

/** Takes out what looks like a credential, by the field's name and by the value's look. */
export function cleanField(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value;
  if (secretName.test(name)) return '[removed]';
  if (value instanceof Error) return forHistory(`${value.name}: ${value.message}`, 2_000);
  if (typeof value === 'string') return forHistory(value, 2_000);
  return cleanJson(value);
}

function cleanJson(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (name, inner: unknown) =>
      typeof inner === 'object' && !(inner instanceof Error) ? inner : cleanField(name, inner),
    );
    return text.length > 4_000 ? `${text.slice(0, 4_000)} [cut]` : JSON.parse(text);
  } catch {
    return '[not loggable]';
  }
}
