import { createHash } from 'node:crypto';
import { open, readdir, realpath } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { Plan } from '../model/plan.ts';
import type { PlanIssue, PlanLanguage } from './language.ts';
import { largestPlanBytes, parseNamedPlan, tooLarge, wholeFile } from './parse.ts';
import { hint, listed, show } from './words.ts';

/** A plan with the text that it was read from. */
export interface LoadedPlan {
  readonly plan: Plan;
  readonly text: string;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  readonly path: string;
}

type Loaded = LoadedPlan | { readonly issues: readonly PlanIssue[] };

const planName = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** Finds a plan as a run does: `<plansFolder>/<name>.yaml`, there and nowhere else. */
export async function loadPlanByName(name: string, plansFolder: string, language: PlanLanguage): Promise<Loaded> {
  const refuse = (message: string): Loaded => ({ issues: [wholeFile(plansFolder, message)] });
  if (!planName.test(name)) return refuse(notAName(name));
  const path = join(plansFolder, `${name}.yaml`);
  let real: string;
  try {
    real = await realpath(path);
    const outside = relative(await realpath(plansFolder), real);
    if (outside.startsWith('..') || outside.includes(sep))
      return refuse(`plan ${show(name)} is a link that leads out of the plans folder; put the file itself there`);
  } catch (error) {
    return refuse(await notFound(name, plansFolder, error));
  }
  return loadFrom(real, path, language, name);
}

/**
 * Reads any file, as `rekindle validate FILE` does. A file that stands in the plans folder must be named like its plan,
 * as a run would look for it there.
 */
export async function loadPlanFile(path: string, plansFolder: string, language: PlanLanguage): Promise<Loaded> {
  const within = relative(resolve(plansFolder), resolve(path));
  const stem = within.replace(/\.yaml$/, '');
  return loadFrom(path, path, language, planName.test(stem) && stem !== within ? stem : undefined);
}

async function loadFrom(
  path: string,
  shown: string,
  language: PlanLanguage,
  expectedName: string | undefined,
): Promise<Loaded> {
  const refuse = (message: string): Loaded => ({ issues: [wholeFile(shown, message)] });
  let bytes: Buffer;
  try {
    const read = await readLimited(path);
    if (typeof read === 'string') return refuse(read);
    bytes = read;
  } catch (error) {
    return refuse(`the file cannot be read: ${reasonOf(error)}`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse('the file is not UTF-8 text');
  }
  const result = parseNamedPlan(text, shown, language, expectedName);
  if ('issues' in result) return result;
  return { plan: result.plan, text, sha256: createHash('sha256').update(bytes).digest('hex'), path: shown };
}

/** The file's bytes, or why they are not read. Opened once, so that what is judged is what is read. */
async function readLimited(path: string): Promise<Buffer | string> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) return 'this is a folder; name a file in it';
    if (!stat.isFile()) return 'this is no regular file';
    if (stat.size > largestPlanBytes) return tooLarge('the file', stat.size);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function notAName(name: string): string {
  if (name.endsWith('.yaml') || name.endsWith('.yml')) return `found ${show(name)}; a plan is named without ".yaml"`;
  if (/[/\\]|\.\./.test(name))
    return `found ${show(name)}; a run finds its plan by name inside the plans folder and nowhere else, write the name without a path`;
  return `found ${show(name)}; a plan's name is 1 to 63 lower-case letters, digits and hyphens`;
}

async function notFound(name: string, plansFolder: string, error: unknown): Promise<string> {
  if (!isMissing(error)) return `plan ${show(name)} cannot be read: ${reasonOf(error)}`;
  let files: string[];
  try {
    files = await readdir(plansFolder);
  } catch (folderError) {
    return `the plans folder cannot be read: ${reasonOf(folderError)}`;
  }
  const names = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
  if (names.length === 0)
    return `unknown plan ${show(name)}; the plans folder holds no plan (a plan is a file <name>.yaml)`;
  return `unknown plan ${show(name)}${hint(name, names)}; the plans folder holds ${listed(names)}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  const words: { readonly [code: string]: string } = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    ELOOP: 'its links go in a circle',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is no folder',
  };
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return words[code] ?? error.message;
}
