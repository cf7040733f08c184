import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkout } from './files.ts';

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `rekindle` from this checkout, in this checkout. */
export function run(args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkout, 'bin/rekindle.js'), ...args], {
    cwd: checkout,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

/** The verbs that the help lists. */
export function verbs(): readonly string[] {
  const [, list = ''] = run(['--help']).stdout.split(/^Commands:$/m);
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, verb = '']) => verb)
    .filter((verb) => verb !== 'help')
    .toSorted();
}
