import { describe, expect, it } from 'vitest';
import { columns, cut } from '../../../src/report/columns.ts';
import { reportJson } from '../../../src/report/json.ts';
import { reportLines } from '../../../src/report/terminal.ts';
import { secondsText } from '../../../src/report/text.ts';
import { plain } from '../../../src/report/view.ts';
import { aReport } from '../../support/a-report.ts';

describe('the report in a terminal', () => {
  const text = reportLines(aReport(), plain).join('\n');

  it('says the outcome first, then the objectives', () => {
    expect(text).toMatch(/^recovered {2}bookstore-4fx2q7ab: the site is back/);
    expect(text).toMatch(/^RTO\s+1 min 20 s\s+objective 30 min 00 s$/m);
  });

  it('has every tier, where the time went, and the data', () => {
    expect(text.match(/^ {2}\d \w+/gm)).toHaveLength(8);
    expect(text).toContain(
      'time: critical path 1 min 00 s, settling 9.0 s, deciding 4.0 s, crashes 5.0 s (1 worker crash), overhead 2.0 s',
    );
    expect(text).toMatch(/^ {2}orders\s+equal\s+50000, checksum 1f$/m);
  });

  it('shows data that differs with both sides', () => {
    const data = [{ store: 'orders', expected: '50000', restored: '0', equal: false }];

    expect(reportLines(aReport({ data }), plain).join('\n')).toMatch(/orders\s+differs\s+expected 50000, restored 0/);
  });

  it('lists ten missing objects and counts the others', () => {
    const missing = Array.from({ length: 12 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'a',
      name: `s${index}`,
      why: 'lost',
    }));
    const lines = reportLines(aReport({ completeness: { ...aReport().completeness, missing, missingCut: 5 } }), plain);

    expect(lines.filter((line) => line.startsWith('  Secret a/'))).toHaveLength(10);
    expect(lines).toContain('  and 7 more (-o json lists them)');
  });
});

it('on a terminal shows what was warned of, and leaves out what is only told', () => {
  const lines = reportLines(
    aReport({
      findings: [
        { severity: 'warn', reason: 'RpoMissed', message: 'the Backup is old' },
        { severity: 'info', reason: 'TookOver', message: 'took over' },
      ],
    }),
    plain,
  );

  expect(lines.slice(-2)).toEqual(['noticed:', '  RpoMissed: the Backup is old']);
});

it('as JSON is the report itself', () => {
  expect(JSON.parse(reportJson(aReport()))).toEqual(aReport());
});

it.each([
  [0.0424, '42 ms'],
  [59.94, '59.9 s'],
  [60, '1 min 00 s'],
  [3599.4, '59 min 59 s'],
  [3600, '1 h 00 min'],
  [90_000, '25 h 00 min'],
  [400_000, '4.6 d'],
])('%d seconds read %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});

describe('columns', () => {
  it('line up whatever is coloured, and leave nothing behind the last', () => {
    const green = `${String.fromCharCode(27)}[32mok${String.fromCharCode(27)}[39m`;

    expect(
      columns([
        [green, 'x', ''],
        ['longer', 'yy', 'z'],
      ]),
    ).toEqual([`${green}      x`, 'longer  yy  z']);
  });

  it('cut a long line and leave a short one', () => {
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('abcd', 4)).toBe('abcd');
  });
});
