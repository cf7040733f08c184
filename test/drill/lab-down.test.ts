import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { down, status, up } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { machineTraces, namespacesOf, processesIn } from '../support/machine-traces.ts';

const name = `down-${randomBytes(3).toString('hex')}`;
const report = showEvents(process.stderr);

it('leaves no process, mount, loop device, interface, route, rule, cgroup or folder behind', async () => {
  const before = await machineTraces(name);

  const lab = await up({ name, report });
  const during = await machineTraces(name);
  const init = JSON.parse(readFileSync(join(lab.stateDir, 'run', 'init.json'), 'utf8')) as { pid: number };
  const namespaces = namespacesOf(init.pid);
  const inside = processesIn(namespaces);
  await down({ name, report });
  const after = await machineTraces(name);

  // The look sees what a lab makes, or finding nothing afterwards would prove nothing.
  const kinds = during.filter((line) => !before.includes(line)).map((line) => line.split(' ')[0] ?? '');
  expect(new Set(kinds)).toEqual(new Set(['cgroup', 'interface', 'lab', 'loop', 'process', 'route']));
  expect(inside.length).toBeGreaterThan(15);
  expect(processesIn(namespaces)).toEqual([]);
  expect(after).toEqual(before);
  expect(await status({ name })).toMatchObject({ state: 'absent', processes: [] });
});
