import { spawn } from 'node:child_process';

/** Something about the lab went wrong, or cannot be; the message is one sentence for the person who typed the command. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** How one command is run; times in milliseconds. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly timeout?: number;
  /** Called for each line of standard error as it comes. */
  readonly onErrorLine?: (line: string) => void;
}

/** What a command said. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code; `code` is -1 where it could not be started or was killed. */
export function attempt(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' as const }),
    });
    let stdout = '';
    let stderr = '';
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-64_000);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) options.onErrorLine?.(line);
    });
    // A command that ends before it has read its input is judged by its exit code, not by the broken pipe.
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => resolve({ code: -1, stdout, stderr: `${stderr}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a command and returns its standard output; a failure names the command and the last lines that it wrote. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.code === 0) return result.stdout;
  const said = lastLines(result.stderr === '' ? result.stdout : result.stderr, 12);
  throw new LabError(`command "${argv.slice(0, 6).join(' ')}" ended with ${result.code}: ${said}`);
}

/** The last lines of a text, for an error message. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** Asks again and again until the answer is not undefined; the error says what was waited for and the last reason why not. */
export async function waitFor<T>(
  what: string,
  seconds: number,
  probe: () => Promise<T | undefined> | T | undefined,
  intervalMs = 100,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let reason = '';
  for (;;) {
    try {
      const seen = await probe();
      if (seen !== undefined) return seen;
    } catch (error) {
      if (error instanceof Hopeless) throw new LabError(`${what}: ${error.message}`);
      reason = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > deadline)
      throw new LabError(`${what}: not after ${seconds} s${reason === '' ? '' : `; last seen: ${reason}`}`);
    await pause(intervalMs);
  }
}

/** Thrown by a probe that knows that more waiting cannot help. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/** A plain pause. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
