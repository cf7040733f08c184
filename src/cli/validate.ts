/** `rekindle validate`: is a plan right? Offline: it reads files and opens no kubeconfig. */
import { Command, Option } from 'commander';
import { relative } from 'node:path';
import { loadConfig } from '../config.ts';
import { language } from '../language.ts';
import { stepsOf, type Plan } from '../model/plan.ts';
import { tierNames } from '../model/tiers.ts';
import { issueText, type PlanIssue, type PlanLanguage } from '../plan/language.ts';
import { loadPlanByName, loadPlanFile } from '../plan/load.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { createOutput, type Colours, type Output } from './output.ts';

const help = `
A name (bookstore) is looked up in the plans folder, as a run does; anything with a slash or
that ends in .yaml is a file.

Examples:
  $ rekindle validate bookstore
  $ rekindle validate plans/*.yaml
  $ rekindle validate drafts/new.yaml -o json | jq '.plans[].issues[]'

Exit codes:
  0 every plan is valid
  2 at least one is not; each issue is a line: file:line:column: path: what was found, what is allowed`;

/** What one argument turned out to be. */
interface Judged {
  readonly file: string;
  readonly valid: boolean;
  readonly plan?: Plan;
  readonly sha256?: string;
  readonly issues: readonly PlanIssue[];
}

export function validateCommand(): Command {
  return new Command('validate')
    .description(
      'Checks plans and says what to write instead, with file, line and column. Offline: no cluster, no Temporal.',
    )
    .argument('<plan...>', 'names of plans, or files')
    .option('--plans <folder>', 'folder in which names are looked up (default: $REKINDLE_PLANS, else ./plans)')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText('after', help)
    .action(async (targets: readonly string[], options: { readonly plans?: string; readonly output: string }) => {
      const config = loadConfig();
      process.exitCode = await validate(targets, {
        plansFolder: options.plans ?? config.plansFolder,
        asJson: options.output === 'json',
        language,
        output: createOutput(config),
      });
    });
}

/** Where and how `validate` looks and prints. */
export interface ValidateOptions {
  readonly plansFolder: string;
  readonly asJson: boolean;
  readonly language: PlanLanguage;
  readonly output: Output;
}

/** Judges every target and prints; the exit code says whether all are valid. */
export async function validate(targets: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  const { output } = options;
  const judged: Judged[] = [];
  for (const target of targets) judged.push(await judge(target, options));
  const valid = judged.every((one) => one.valid);
  if (options.asJson) output.result(JSON.stringify({ valid, plans: judged.map(forScripts) }, null, 2));
  else for (const one of judged) print(one, output);
  return valid ? exitCodes.recovered : exitCodes.wrongInput;
}

async function judge(target: string, { plansFolder, language }: ValidateOptions): Promise<Judged> {
  const loaded = await loadTarget(target, plansFolder, language);
  if ('issues' in loaded) return { file: loaded.issues[0]?.file ?? target, valid: false, issues: loaded.issues };
  return { file: loaded.path, valid: true, plan: loaded.plan, sha256: loaded.sha256, issues: [] };
}

/** A plan by its name in the plans folder, or a file: anything with a slash or that ends in .yaml. */
export async function loadTarget(
  target: string,
  plansFolder: string,
  words: PlanLanguage = language,
): ReturnType<typeof loadPlanByName> {
  const isFile = /[/\\]/.test(target) || /\.ya?ml$/.test(target);
  return isFile
    ? await loadPlanFile(target, plansFolder, words)
    : await loadPlanByName(target, shortened(plansFolder), words);
}

/** `plans` rather than the whole path, where that leads to the same folder. */
function shortened(folder: string): string {
  const short = relative(process.cwd(), folder);
  return short === '' || short.startsWith('..') ? folder : short;
}

function print(one: Judged, output: Output): void {
  if (one.plan !== undefined) output.result(`${one.file} is ${output.colours.green('valid')}: ${sizeOf(one.plan)}`);
  for (const issue of one.issues) output.note(coloured(issue, output.colours));
}

function coloured(issue: PlanIssue, colours: Colours): string {
  const text = issueText(issue);
  const place = text.slice(0, text.length - issue.message.length);
  return `${colours.bold(place)}${issue.message}`;
}

/** `14 steps in 8 tiers, 9 checks`. */
function sizeOf(plan: Plan): string {
  const { steps, tiers, checks } = countsOf(plan);
  return `${counted(steps, 'step')} in ${counted(tiers, 'tier')}, ${counted(checks, 'check')}`;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function countsOf(plan: Plan): { readonly steps: number; readonly tiers: number; readonly checks: number } {
  const steps = [...stepsOf(plan)];
  return {
    steps: steps.length,
    tiers: tierNames.filter((tier) => plan.tiers[tier].length > 0).length,
    checks: steps.reduce((sum, { step }) => sum + step.checks.length, plan.verify.length),
  };
}

function forScripts({ file, valid, plan, sha256, issues }: Judged): object {
  return plan === undefined
    ? { file, valid, issues }
    : { file, valid, name: plan.name, sha256, ...countsOf(plan), issues };
}
