/** The command line as a person has it: a process of its own, with a folder and an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** Until its progress (stderr) says this. Throws when it has ended without. */
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<Ran>;
}

/** Starts `rekindle ARGS…`. Nothing of this process's Temporal or cluster settings reaches it. */
export function startCli(args: readonly string[], environment: Record<string, string>, cwd: string): RunningCli {
  const program = fileURLToPath(new URL('../../bin/rekindle.js', import.meta.url));
  const { PATH = '', HOME = '', XDG_CACHE_HOME } = process.env;
  const base = { PATH, HOME, ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }), USER: 'ana' };
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...base, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += String(data)));
  child.stderr.on('data', (data) => (output.stderr += String(data)));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, ...output }));
  const said = async (text: string): Promise<void> => {
    while (!output.stderr.includes(text)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${args.join(' ')} has ended and never said ${JSON.stringify(text)}: ${output.stderr}`);
      await sleep(50);
    }
  };
  return { child, said, ended };
}

/** The same, to its end. */
export function runCli(args: readonly string[], environment: Record<string, string>, cwd: string): Promise<Ran> {
  return startCli(args, environment, cwd).ended;
}
