import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { goEnvironment } from '../../lab/go-toolchain.ts';
import { attempt } from '../../lab/run.ts';
import { showEvents } from '../../lab/report.ts';

const folder = fileURLToPath(new URL('../../lab/csi', import.meta.url));

it("passes the CSI driver's own tests", async () => {
  const env = await goEnvironment(showEvents(process.stderr));

  const seen = await attempt(['go', 'test', '-v', './...'], { cwd: folder, env });

  expect({ code: seen.code, says: seen.stdout }).toMatchObject({ code: 0, says: expect.stringContaining('--- PASS') });
  expect(seen.stdout).not.toContain('--- SKIP');
}, 300_000);
