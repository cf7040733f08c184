/** The program as its package has it: JavaScript and a bundle of the workflows, so that a worker starts as it would in earnest. */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { bundleWorkflows } from '../support/bundle.ts';

const root = resolve(import.meta.dirname, '../..');

/** Builds it into a folder; answers the path of its `bin/rekindle.js`. */
export async function buildProduct(folder: string): Promise<string> {
  const dist = join(folder, 'dist');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const file of ['package.json', 'bin/rekindle.js']) await copyFile(join(root, file), join(folder, file));
  await compile(dist);
  await writeFile(join(dist, 'workflow-bundle.js'), (await bundleWorkflows()).code);
  return join(folder, 'bin', 'rekindle.js');
}

function compile(dist: string): Promise<void> {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const argv = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', dist];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done() : fail(new Error(`tsc ended with ${code}`))));
  });
}
