import { describe, expect, it } from 'vitest';
import { part, together } from '../../../lab/events.ts';
import type { LabEvent } from '../../../lab/events.ts';
import { sentence, showEvents } from '../../../lab/report.ts';
import { LabError } from '../../../lab/run.ts';

function record(): { events: LabEvent[]; report: (event: LabEvent) => void } {
  const events: LabEvent[] = [];
  return { events, report: (event) => events.push(event) };
}

describe('a part of the work', () => {
  it('is told when it starts and how long it took', async () => {
    const { events, report } = record();

    const result = await part(report, 'API server', () => Promise.resolve(7));

    expect(result).toBe(7);
    expect(events.map(({ part: name, state }) => [name, state])).toEqual([
      ['API server', 'started'],
      ['API server', 'done'],
    ]);
    expect(events[1]?.seconds).toBeGreaterThanOrEqual(0);
    expect(events[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('tells the reason of a failure once, however many parts it is inside of', async () => {
    const { events, report } = record();
    const inner = (): Promise<void> => part(report, 'etcd', () => Promise.reject(new LabError('the disk is full')));

    await expect(part(report, 'lab blue', inner)).rejects.toThrow('the disk is full');

    const failed = events.filter(({ state }) => state === 'failed').map(sentence);
    expect(failed).toEqual([
      expect.stringMatching(/^etcd: FAILED after \d+\.\d s: the disk is full$/),
      expect.stringMatching(/^lab blue: FAILED after \d+\.\d s$/),
    ]);
  });

  it('is not left at work when another one beside it fails', async () => {
    const done: string[] = [];
    const slow = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => done.push('slow'));

    await expect(together([Promise.reject(new Error('quick')), slow])).rejects.toThrow('quick');

    expect(done).toEqual(['slow']);
  });
});

describe('the display', () => {
  const at = '2026-11-21T05:00:00.000Z';
  const progress = { done: 3, total: 9 };

  it('changes one line in a terminal while a part goes on', () => {
    let text = '';
    const report = showEvents({ isTTY: true, write: (more) => (text += more) });

    report({ at, part: 'build kube', state: 'note', message: 'compiling packages', progress });
    report({ at, part: 'build kube', state: 'done', seconds: 12.34 });

    expect(text).toBe(
      '\r\u001B[K00:00  build kube: compiling packages 3/9\r\u001B[K00:00  build kube: done in 12.3 s\n',
    );
  });

  it('writes plain lines into a pipe, and progress seldom', () => {
    let text = '';
    const report = showEvents({ write: (more) => (text += more) });

    report({ at, part: 'build kube', state: 'started' });
    report({ at, part: 'build kube', state: 'note', message: 'compiling packages', progress });
    report({ at, part: 'build kube', state: 'done', seconds: 1 });

    expect(text).toBe('00:00  build kube …\n00:00  build kube: done in 1.0 s\n');
  });
});
