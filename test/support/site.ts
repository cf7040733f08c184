import { afterAll, beforeAll } from 'vitest';
import type { LabInfo } from '../../lab/lab.ts';
import { bringLab, type TestLab } from './lab.ts';

/** A whole site for the tests of one file: up before the first, gone after the last. Call it at the top of the file. */
export function useSite(): () => LabInfo {
  let site: TestLab | undefined;
  beforeAll(async () => {
    site = await bringLab('site');
  });
  afterAll(() => site?.end());
  return () => {
    if (site === undefined) throw new Error('useSite: ask for the site inside a test');
    return site.lab;
  };
}
