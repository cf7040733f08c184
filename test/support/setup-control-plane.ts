/** Global setup: a real API server with its database and controllers, without nodes; one for all files of a project. */
import type { TestProject } from 'vitest/node';
import { bringLab } from './lab.ts';
import './provided.ts';

/** Brings it up and hands it to the tests; what it returns takes it down. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { lab, end } = await bringLab('control-plane');
  project.provide('lab', lab);
  return end;
}
