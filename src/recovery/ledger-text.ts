/** A ledger's entries as text: each with its checksum, each read strictly. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { controlNamespace, ledgerName } from './names.ts';

/** What is wrong with a ledger that somebody changed by hand. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
}

/** The data of a ledger's ConfigMap. */
export type LedgerData = { readonly [key: string]: string };

/** Beside `step.orders` stands `sha256.step.orders`: it tells a slip of the hand, and keeps out nobody who means it. */
const sumPrefix = 'sha256.';

/** sha256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Entries with their checksums, for one patch: so that no reader sees the one without the other. Null takes an entry out. */
export function withSums(entries: { readonly [key: string]: string | null }): { [key: string]: string | null } {
  const all: { [key: string]: string | null } = { ...entries };
  for (const [key, text] of Object.entries(entries)) all[`${sumPrefix}${key}`] = text === null ? null : sha256(text);
  return all;
}

/** What is wrong with an entry, in one sentence. */
export function edited(recovery: string, key: string, why: string): LedgerError {
  return new LedgerError(
    `ledger of recovery ${recovery} (ConfigMap ${controlNamespace}/${ledgerName(recovery)}): ${key} ${why}; it was edited by hand: put it back as it was, or restore the site anew by its plan`,
  );
}

/** Holds every checksum against its entry. Entries of older versions have none, and are read without. */
export function checkSums(data: LedgerData, recovery: string): void {
  for (const [sumKey, sum] of Object.entries(data)) {
    if (!sumKey.startsWith(sumPrefix)) continue;
    const key = sumKey.slice(sumPrefix.length);
    const text = data[key];
    if (text === undefined) throw edited(recovery, key, 'is gone, and its checksum is there');
    if (sha256(text) !== sum) throw edited(recovery, key, 'does not fit its checksum');
  }
}

/** One entry, of the shape that it must have. */
export function readEntry<T>(schema: z.ZodType<T>, data: LedgerData, key: string, recovery: string): T {
  const parsed = schema.safeParse(jsonOf(data, key, recovery));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  const what = (issue?.message ?? 'not understood').replace(/^Invalid input: /, '');
  throw edited(recovery, key, `is not what was written there (${place}${what})`);
}

function jsonOf(data: LedgerData, key: string, recovery: string): unknown {
  const text = data[key];
  if (text === undefined) throw edited(recovery, key, 'is gone');
  try {
    return JSON.parse(text);
  } catch {
    throw edited(recovery, key, 'is not what was written there (no JSON)');
  }
}
