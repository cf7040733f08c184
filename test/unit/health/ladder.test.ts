import { describe, expect, it } from 'vitest';
import { climb, type Rung, type RungVerdict } from '../../../src/health/ladder.ts';
import { degraded, healthy } from '../../../src/model/verdict.ts';
import { kubeError } from './check-kube.ts';

/** A rung that answers so, and writes down that it was asked. */
function rung(name: string, answer: RungVerdict | Error, asked: string[] = []): Rung {
  return {
    name,
    look: () => {
      asked.push(name);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

describe('climb', () => {
  it('names every rung and what the last one saw', async () => {
    const seen = await climb([
      rung('pod is ready', healthy('PodReady', 'db-0 is ready')),
      rung('data is there', healthy('Rows', '12 rows')),
    ]);

    expect(seen).toEqual({ verdict: 'Healthy', reason: 'Rows', message: 'pod is ready, data is there: 12 rows' });
  });

  it('stops at the first rung that is not Healthy and begins with its name', async () => {
    const asked: string[] = [];

    const seen = await climb([
      rung('pod is ready', healthy(), asked),
      rung('is the primary', degraded('IsReplica', 'it is a replica'), asked),
      rung('data is there', healthy(), asked),
    ]);

    expect(seen).toEqual({ verdict: 'Degraded', reason: 'IsReplica', message: 'is the primary: it is a replica' });
    expect(asked).toEqual(['pod is ready', 'is the primary']);
  });

  it('ends with what an operator should know though all is well', async () => {
    const seen = await climb([
      rung('has no leftovers', { ...healthy(), note: 'slot a holds 9 MB' }),
      rung('data is there', healthy('Rows', '12 rows')),
    ]);

    expect(seen.message).toBe('has no leftovers, data is there: 12 rows; note: slot a holds 9 MB');
  });

  it("makes an error of the cluster its rung's verdict", async () => {
    const seen = await climb([rung('pod is ready', kubeError('Forbidden', 403, 'cannot list Pod: forbidden'))]);

    expect(seen).toEqual({
      verdict: 'Unknown',
      reason: 'Forbidden',
      message: 'pod is ready: cannot list Pod: forbidden',
    });
  });

  it('does not hide an error of our own', async () => {
    await expect(climb([rung('pod is ready', new TypeError('a bug'))])).rejects.toThrow('a bug');
  });

  it('never passes over nothing', async () => {
    expect((await climb([])).verdict).toBe('Unknown');
  });
});
