import { createHash } from 'node:crypto';
import { labelKeys } from '../model/labels.ts';
import type { TierName } from '../model/tiers.ts';

export { labelKeys } from '../model/labels.ts';

/** Our own namespace in the target cluster: locks and ledgers. */
export const controlNamespace = 'rekindle-system';

/** The chain of runs that a start made: the same across continue-as-new and reset. */
export interface Chain {
  readonly namespace: string;
  readonly workflowId: string;
  readonly firstRunId: string;
}

const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first `length` characters of a text's sha256 in lower-case base32: safe in every Kubernetes name. */
export function shortHash(text: string, length = 8): string {
  const bytes = createHash('sha256').update(text).digest();
  let out = '';
  for (const byte of bytes.subarray(0, length)) out += base32.charAt(byte % 32);
  return out;
}

/** `<site, ≤ 20>-<8 characters>`: new for each start, the same for each run of its chain. */
export function recoveryId(site: string, chain: Chain): string {
  const hash = shortHash([chain.namespace, chain.workflowId, chain.firstRunId].join('\n'));
  return `${stemOf(site)}-${hash}`;
}

/** Whether a text can be a recovery id at all. */
export function isRecoveryId(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,19})-[a-z2-7]{8}$/.test(text);
}

/** Whether a recovery id can be of this site: it begins with the site's first 20 characters, which two sites may share. */
export function mayBeOfSite(recovery: string, site: string): boolean {
  return isRecoveryId(recovery) && recovery.slice(0, -9) === stemOf(site);
}

function stemOf(site: string): string {
  return site.slice(0, 20).replace(/[^a-z0-9]+$/, '');
}

/** A name of at most 63 characters: cut and hash-suffixed when longer, so that two long names stay two. */
export function fitName(name: string): string {
  return name.length <= 63 ? name : `${name.slice(0, 54).replace(/-+$/, '')}-${shortHash(name)}`;
}

/** What a name of an engine's object derives from. */
export interface StepIdentity {
  readonly recovery: string;
  readonly tier: TierName;
  readonly step: string;
  readonly generation: number;
  readonly attempt: number;
}

/** `<recovery>-<tier>-<step>-g<generation>[-a<attempt>]`: the first attempt has no suffix. Never from a clock. */
export function objectName(id: StepIdentity): string {
  const attempt = id.attempt > 1 ? `-a${id.attempt}` : '';
  return fitName(`${id.recovery}-${id.tier}-${id.step}-g${id.generation}${attempt}`);
}

/** The labels of an engine's object. */
export function stepLabels(id: StepIdentity): Record<string, string> {
  return {
    [labelKeys.managedBy]: 'rekindle',
    [labelKeys.recovery]: id.recovery,
    [labelKeys.tier]: id.tier,
    [labelKeys.step]: id.step,
    [labelKeys.generation]: String(id.generation),
  };
}

/** The site's lock. */
export function leaseName(site: string): string {
  return fitName(`rekindle-${site}`);
}

/** The recovery's ledger. */
export function ledgerName(recovery: string): string {
  return fitName(`rekindle-${recovery}`);
}
