import { describe, expect, it } from 'vitest';
import type { CellResult } from '../../chaos/cell.ts';
import { cellOf, cellsOf, chaosSteps, faults, moments, sampleOf } from '../../chaos/matrix.ts';
import { tableOf } from '../../chaos/table.ts';

const seeds = Array.from({ length: 40 }, (_, seed) => seed);
const orderOf = (step: string): number => chaosSteps.findIndex((one) => one.step === step);

describe('the chaos matrix', () => {
  it('has a cell for everything that dies at every moment, or for those that were asked for', () => {
    expect(cellsOf(1)).toHaveLength(faults.length * moments.length);
    expect(cellsOf(1, { faults: ['etcd'], moments: ['gate', 'held'] })).toEqual([
      cellOf('etcd', 'gate', 1),
      cellOf('etcd', 'held', 1),
    ]);
  });

  it('chooses the places by the seed, and never kills a database before it runs', () => {
    const places = new Set(seeds.map((seed) => cellOf('worker', 'start', seed).place.step));
    const ofDatabase = seeds.flatMap((seed) => cellsOf(seed, { faults: ['database'] }));

    expect(cellsOf(3)).toEqual(cellsOf(3));
    expect(places.size).toBe(chaosSteps.length);
    for (const { moment, place } of ofDatabase) {
      const runsAfter = moment === 'start' || moment === 'wait' ? orderOf('keys') + 1 : orderOf('keys');
      expect(orderOf(place.step), moment).toBeGreaterThanOrEqual(runsAfter);
    }
  });

  it('samples cells of which no two share what dies or when', () => {
    for (const seed of seeds) {
      const cells = sampleOf(seed, 4);
      expect(new Set(cells.map(({ fault }) => fault)).size).toBe(4);
      expect(new Set(cells.map(({ moment }) => moment)).size).toBe(4);
    }
    expect(new Set(seeds.map((seed) => JSON.stringify(sampleOf(seed, 4)))).size).toBeGreaterThan(30);
  });
});

describe('the table of the chaos matrix', () => {
  const well: CellResult = {
    cell: cellOf('etcd', 'gate', 1),
    problems: [],
    away: 6.2,
    wentOn: 7,
    after: 0.8,
    seconds: 40,
  };
  const bad: CellResult = { cell: cellOf('worker', 'held', 1), problems: ['the lock is still there'], seconds: 12 };

  it('has a row for each cell with its seconds, and says what is wrong with those that failed', () => {
    const table = tableOf([well, bad]);

    expect(table).toMatch(/\| etcd +\| mid-gate +\| \S+ +\| 6\.2 +\| 7\.0 +\| 0\.8 +\| 40\.0 +\| ok/);
    expect(table).toMatch(/\| the only worker +\| held .*\| FAILED/);
    expect(table).toContain('  the lock is still there');
    expect(table).toMatch(/1 of 2 cells are as they must be$/);
  });
});
