import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { goEnvironment } from '../../lab/go-toolchain.ts';

// Among the drills since it needs Go, which the lab brings where the machine has none.
it("keeps the rules of the lab's storage: names, records, repeated calls, refusals", async () => {
  const env = await goEnvironment(() => undefined);
  const cwd = join(import.meta.dirname, '../../lab/csi');

  const { stdout } = await promisify(execFile)('go', ['test', '-count=1', '-v', '.'], { cwd, env });

  expect(stdout.match(/^--- PASS/gm)?.length).toBeGreaterThanOrEqual(6);
});
