import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { engineUnavailableReason } from '../../../lab/images/engines.ts';
import { goTools, siteTools } from '../../../lab/tools.ts';

const path = process.env.PATH;
const empty = mkdtempSync(join(tmpdir(), 'rekindle-engines-'));
afterEach(() => {
  process.env.PATH = path;
  rmSync(empty, { recursive: true, force: true });
});

it('says what Kafka needs where there is no Maven, and asks nothing of FerretDB', async () => {
  process.env.PATH = empty;

  expect(await engineUnavailableReason('kafka', empty)).toMatch(
    /^the lab's Kafka is .* mvn is not on the PATH: install/,
  );
  expect(await engineUnavailableReason('ferretdb', empty)).toBeUndefined();
});

it('lets no lab wait for a tool that only a test asks for', () => {
  expect(goTools.map(({ name }) => name).filter((name) => !siteTools.some((each) => each === name))).toEqual([
    'ferretdb',
  ]);
});
