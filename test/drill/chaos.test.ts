/** A few cells of the chaos matrix, chosen by a seed (`REKINDLE_TEST_SEED`). The whole of it: `npm run test:chaos`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCell } from '../chaos/cell.ts';
import { sampleOf } from '../chaos/matrix.ts';
import { ChaosStage, say } from '../chaos/stage.ts';
import { useSite } from '../support/site.ts';

const seed = Number(process.env.REKINDLE_TEST_SEED ?? '4');
const cells = sampleOf(seed, 3);

/** Seconds until work goes on where a worker dies. The heartbeat timeout is 4 of them; the rest is a busy machine. */
const goOnWithin = 20;

const site = useSite();
let stage: ChaosStage;
beforeAll(async () => {
  stage = await ChaosStage.set(site());
});
afterAll(() => stage?.end());

describe('a recovery', () => {
  it.each(cells)('comes to the same end when $fault dies at $moment ($place.step)', async (cell) => {
    const { problems, away, wentOn, seconds } = await runCell(stage, cell);
    say(
      `seed ${seed}: ${cell.fault} × ${cell.moment}: away ${away} s, work went on after ${wentOn} s, ${seconds} s in all`,
    );

    expect(problems).toEqual([]);
    const isWorker = cell.fault === 'worker' || cell.fault === 'one-of-two';
    expect(wentOn).toBeLessThan(isWorker ? goOnWithin : Infinity);
  });
});
