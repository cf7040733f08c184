/** `rekindle health`: the verdicts of the gates, on objects from files. Offline: no cluster, no Temporal. */
import { Command, Option } from 'commander';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { loadConfig } from '../config.ts';
import { judgeInputs, type HealthLine } from '../health/offline.ts';
import { HealthInputError, type HealthInput } from '../health/read-objects.ts';
import type { OwnRule } from '../model/plan.ts';
import type { VerdictName } from '../model/verdict.ts';
import { printable } from '../report/text.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { createOutput, type Colours, type Output } from './output.ts';

const help = `
Reads YAML (one document or many), JSON, a List, or JSON lines; prints one line for each object, in
input order. Give neighbours along: pods say why their Deployment is not ready, a StorageClass says
what a claim waits for, a CustomResourceDefinition whether its kind has a status at all.

With --plan its own verdict rules judge too, before the built-in ones: the way to try a rule out.

Examples:
  $ rekindle health -f deployment.yaml
  $ kubectl get deploy,rs,pods -n shop-web -o json | rekindle health -f -
  $ rekindle health -f objects.yaml -o json | jq 'select(.verdict != "Healthy")'

Exit codes:
  0 everything was judged; the verdicts do not change it
  2 the input cannot be read; one sentence says where and why`;

/** Where the input comes from, and what is printed. */
export interface HealthOptions {
  readonly filename?: readonly string[];
  readonly output?: 'json' | 'table';
  /** Name or file of a plan whose own verdict rules judge too. */
  readonly plan?: string;
  readonly plans?: string;
}

export function healthCommand(): Command {
  return new Command('health')
    .description(
      'Judges objects from files: Healthy, Progressing, Degraded, Suspended, Missing or Unknown, with a reason. Offline.',
    )
    .option('-f, --filename <file>', 'file with objects, - for standard input; may be given again', collect)
    .option('--plan <plan>', 'name or file of a plan: its own verdict rules come first')
    .option('--plans <folder>', 'folder in which names are looked up (default: $REKINDLE_PLANS, else ./plans)')
    .addOption(
      new Option(
        '-o, --output <format>',
        'how to print (default: table in a terminal, else json, one object a line)',
      ).choices(['json', 'table']),
    )
    .addHelpText('after', help)
    .action(async (options: HealthOptions) => {
      const config = loadConfig();
      await health({ plans: config.plansFolder, ...options }, createOutput(config), process.stdin);
      process.exitCode = exitCodes.recovered;
    });
}

function collect(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}

/** Reads, judges and prints. Throws CliError for input that cannot be read. */
export async function health(options: HealthOptions, output: Output, stdin: AsyncIterable<Uint8Array>): Promise<void> {
  const { filename = [] } = options;
  if (filename.length === 0) throw new CliError('nothing to judge: name a file with -f, or - for standard input');
  if (filename.filter((file) => file === '-').length > 1)
    throw new CliError('standard input (-f -) can be read only once; name it once');
  const inputs: HealthInput[] = [];
  for (const file of filename) inputs.push(await read(file, stdin));
  const lines = judged(inputs, await rulesOf(options));
  if (lines.length === 0) output.note('the list is empty: nothing to judge');
  const asTable = options.output === undefined ? output.watched : options.output === 'table';
  if (asTable) for (const line of table(lines, output)) output.result(line);
  else for (const line of lines) output.result(JSON.stringify(line));
}

async function read(file: string, stdin: AsyncIterable<Uint8Array>): Promise<HealthInput> {
  if (file === '-') return { name: 'standard input', bytes: await buffer(stdin) };
  try {
    return { name: file, bytes: await readFile(file) };
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${whyNot(error)}`);
  }
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder; name the files in it';
  if (code === 'EACCES') return 'it may not be read';
  return error instanceof Error ? error.message : String(error);
}

/** The rules of the plan that is named, none without one. */
async function rulesOf({ plan, plans = 'plans' }: HealthOptions): Promise<readonly OwnRule[]> {
  if (plan === undefined) return [];
  const { loadTarget } = await import('./validate.ts');
  const loaded = await loadTarget(plan, plans);
  if ('plan' in loaded) return loaded.plan.verdicts;
  const [first] = loaded.issues;
  const { issueText } = await import('../plan/language.ts');
  throw new CliError(`${first === undefined ? plan : issueText(first)}; \`rekindle validate ${plan}\` tells all`);
}

function judged(inputs: readonly HealthInput[], rules: readonly OwnRule[]): readonly HealthLine[] {
  try {
    return judgeInputs(inputs, new Date(), rules);
  } catch (error) {
    if (error instanceof HealthInputError) throw new CliError(error.message);
    throw error;
  }
}

const columns = ['OBJECT', 'NAMESPACE', 'VERDICT', 'REASON'] as const;

function table(lines: readonly HealthLine[], { colours, columns: width }: Output): string[] {
  const rows = lines.map((line) =>
    [`${line.kind ?? '?'}/${line.name ?? '?'}`, line.namespace ?? '-', line.verdict, line.reason].map(printable),
  );
  const widths = columns.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const padded = (cells: readonly string[]): string[] => cells.map((cell, index) => cell.padEnd(widths[index] ?? 0));
  const room = Math.max(20, width - widths.reduce((sum, one) => sum + one + 2, 0));
  const head = colours.bold([...padded(columns), 'MESSAGE'].join('  '));
  const body = rows.map((row, index) => {
    const cells = padded(row);
    const line = lines[index];
    if (line === undefined) return '';
    const message = printable(line.message);
    const [object, namespace, verdict = '', reason] = cells;
    return [
      object,
      namespace,
      coloured(line.verdict, verdict, colours),
      reason,
      message.length > room ? `${message.slice(0, room - 1)}…` : message,
    ]
      .join('  ')
      .trimEnd();
  });
  return [head, ...body];
}

function coloured(verdict: VerdictName, text: string, colours: Colours): string {
  if (verdict === 'Healthy') return colours.green(text);
  if (verdict === 'Degraded' || verdict === 'Missing') return colours.red(text);
  return colours.yellow(text);
}
