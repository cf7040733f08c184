/** Global setup: a real API server with its database and controllers, without nodes. */
import type { TestProject } from 'vitest/node';
import { provideLab } from './lab.ts';

export function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideLab(project, 'control-plane');
}
