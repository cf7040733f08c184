/**
 * Everything that is tested, the quick parts first: `npm test`. A part that fails does not stop the others; the last
 * line says `N passed, N failed` over all of them, and the exit code is 1 unless every part was well.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labUnavailableReason } from '../../lab/lab.ts';
import { browserUnavailableReason } from './chromium.ts';

/** How a part ended. A static check counts as one test when it fails, and as none when it is well. */
interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each test that failed, with the first lines of its error: told again at the end, where it is looked for. */
  readonly failures?: readonly string[];
  /** The files of those tests, with what else was counted in them. */
  readonly failedFiles?: readonly { readonly name: string; readonly passed: number; readonly skipped: number }[];
  /** Tests that failed once and passed when their file ran a second time: named at the end, each is a defect to mend. */
  readonly flaked?: readonly string[];
}

interface Part {
  readonly name: string;
  /** Why it cannot run on this machine, in one sentence. */
  readonly unavailable?: string | undefined;
  run(): Promise<Count>;
}

/** Projects with tests against the clock, most of them on real servers: a machine that stands still for seconds can fail one. */
const againstTheClock = new Set(['unit', 'workflow', 'browser', 'cluster', 'drill']);
/** More broken files than this are no accident. */
const mostFilesAgain = 2;

const scratch = mkdtempSync(join(tmpdir(), 'rekindle-test-'));
let child: ChildProcess | undefined;
let stopped = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = true;
    child?.kill(signal);
  });
}

const parts: readonly Part[] = [
  ...['types', 'lint', 'format:check', 'dead-code'].map(script),
  ...['unit', 'architecture', 'workflow'].map((name) => project(name)),
  project('browser', browserUnavailableReason),
  project('package'),
  project('cluster', () => labUnavailableReason('control-plane')),
  project('drill', () => labUnavailableReason('site') ?? browserUnavailableReason()),
];

const results: { readonly part: Part; readonly count: Count; readonly seconds: number }[] = [];
for (const part of parts) {
  if (stopped) break;
  process.stdout.write(`\n=== ${part.name}\n`);
  const startedAt = performance.now();
  const count = await outcomeOf(part);
  results.push({ part, count, seconds: (performance.now() - startedAt) / 1000 });
}
rmSync(scratch, { recursive: true, force: true });

process.stdout.write('\n');
for (const { part, count, seconds } of results) {
  const well = (count.flaked ?? []).length > 0 ? 'well at the second try, see below' : 'well';
  const ended = count.failed > 0 ? 'FAILED' : well;
  const state = part.unavailable === undefined ? ended : 'CANNOT RUN HERE, see above';
  process.stdout.write(`${part.name.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s  ${sentence(count)}  ${state}\n`);
}
for (const { part, count } of results) {
  for (const failure of count.failures ?? []) process.stdout.write(`\nFAILED ${part.name}: ${failure}\n`);
  for (const flake of count.flaked ?? [])
    process.stdout.write(`\nFLAKED ${part.name} (failed once, passed when its file ran again): ${flake}\n`);
}
const total = results.map((result) => result.count).reduce(sum, { passed: 0, failed: 0, skipped: 0 });
if (stopped) process.stdout.write('stopped before the end\n');
process.exitCode = stopped || total.failed > 0 ? 1 : 0;
process.stdout.write(`${sentence(total)}\n`);

function sentence({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function sum(left: Count, right: Count): Count {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

async function outcomeOf(part: Part): Promise<Count> {
  if (part.unavailable === undefined) return part.run();
  // What could not be tried has not passed.
  process.stdout.write(`${part.name} cannot run here: ${part.unavailable}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

function script(name: string): Part {
  const run = async (): Promise<Count> => {
    const isWell = (await spawned('npm', ['run', '--silent', name])) === 0;
    return { passed: 0, failed: isWell ? 0 : 1, skipped: 0 };
  };
  return { name, run };
}

function project(name: string, whyNot: () => string | undefined = () => undefined): Part {
  const run = async (): Promise<Count> => {
    const first = await vitest(name, []);
    const files = first.failedFiles ?? [];
    const again = againstTheClock.has(name) && files.length > 0 && files.length <= mostFilesAgain && !stopped;
    return again ? secondTry(name, first, files) : first;
  };
  return { name, unavailable: whyNot(), run };
}

/** Runs the broken files once more, alone. What fails again has failed; what passes now is told as a flake. */
async function secondTry(name: string, first: Count, files: NonNullable<Count['failedFiles']>): Promise<Count> {
  const names = files.map((file) => file.name);
  process.stdout.write(`\n=== ${name}, once more: ${names.join(', ')}\n`);
  const second = await vitest(name, names);
  if (second.failed > 0 || second.passed === 0) return first;
  const before = (key: 'passed' | 'skipped'): number => files.reduce((all, file) => all + file[key], 0);
  return {
    passed: first.passed - before('passed') + second.passed,
    failed: 0,
    skipped: first.skipped - before('skipped') + second.skipped,
    flaked: first.failures ?? [],
  };
}

async function vitest(name: string, files: readonly string[]): Promise<Count> {
  const file = join(scratch, `${name}${files.length > 0 ? '-again' : ''}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await spawned('vitest', ['run', '--project', name, ...reporters, ...files]);
  const count = countOf(file);
  // An error outside of any test, or no record at all.
  return code !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

interface Recorded {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

function countOf(file: string): Count {
  try {
    const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
    // A file that cannot be loaded has no test that failed, but it has failed.
    const broken = recorded.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
    );
    return {
      passed: recorded.numPassedTests,
      failed: recorded.numFailedTests + broken.length,
      skipped: recorded.numPendingTests + recorded.numTodoTests,
      failedFiles: recorded.testResults
        .filter(({ status }) => status === 'failed')
        .map(({ name, assertionResults }) => ({
          name,
          passed: assertionResults.filter(({ status }) => status === 'passed').length,
          skipped: assertionResults.filter(({ status }) => status === 'skipped' || status === 'pending').length,
        })),
      failures: [
        ...broken.map(({ name, message }) => told(name, message)),
        ...recorded.testResults.flatMap(({ assertionResults }) =>
          assertionResults
            .filter(({ status }) => status === 'failed')
            .map(({ fullName, failureMessages }) => told(fullName, failureMessages?.[0])),
        ),
      ],
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function told(name: string, message: string | undefined): string {
  const lines = (message ?? '').split('\n').filter((line) => line.trim() !== '');
  return [name, ...lines.slice(0, 12).map((line) => `    ${line.slice(0, 300)}`)].join('\n');
}

/** Runs a program of this project with our output and no input; 1 where it was killed or could not start. */
function spawned(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}
