import { describe, expect, it } from 'vitest';
import type { QuiesceReport } from '../../../src/model/report.ts';
import { reportMarkdown } from '../../../src/report/markdown.ts';
import { reportLines } from '../../../src/report/terminal.ts';
import { plain } from '../../../src/report/view.ts';
import { aReport } from '../../support/a-report.ts';

const quiesce: readonly QuiesceReport[] = [
  { kind: 'Deployment', namespace: 'shop', name: 'web', state: 'left quiesced', why: 'a webhook refuses' },
  { kind: 'CronJob', namespace: 'shop', name: 'a', state: 'put back' },
  { kind: 'CronJob', namespace: 'shop', name: 'b', state: 'put back' },
];

describe('a report of a run that quiesced', () => {
  it('counts what became of it, and names each in Markdown', () => {
    const text = reportMarkdown(aReport({ quiesce }));

    expect(reportLines(aReport({ quiesce }), plain)).toContain('quiesced: 1 left quiesced, 2 put back');
    expect(text).toContain('## Quiesced\n\n1 left quiesced, 2 put back.');
    expect(text).toContain('| Deployment shop/web | **left quiesced** | a webhook refuses |');
  });

  it('says that nothing was found, and nothing at all where the plan quiesces nothing', () => {
    expect(reportLines(aReport({ quiesce: [] }), plain)).toContain('quiesced: nothing was found');
    expect(reportLines(aReport(), plain).join('\n')).not.toContain('quiesced');
    expect(reportMarkdown(aReport())).not.toContain('Quiesced');
  });
});
