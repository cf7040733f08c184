/** Global setup: a whole site. */
import type { TestProject } from 'vitest/node';
import { provideLab } from './lab.ts';

export function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideLab(project, 'site');
}
