import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.ts';
import { reportJunit } from '../../../src/report/junit.ts';
import { aLongReport } from '../../support/a-long-report.ts';
import { aReport } from '../../support/a-report.ts';
import { wellFormed } from '../../support/well-formed.ts';

/** Cases by `classname name`, with what they came to. */
function casesOf(report: Report): { readonly [name: string]: string } {
  const cases: Record<string, string> = {};
  let current = '';
  for (const { name, attributes } of wellFormed(reportJunit(report))) {
    if (name === 'testcase') {
      current = `${attributes['classname']} ${attributes['name']}`;
      cases[current] = 'passed';
    }
    if (name === 'failure' || name === 'skipped') cases[current] = `${name}: ${attributes['message']}`;
  }
  return cases;
}

const unmet = { objectives: { met: true, rtoSeconds: 1800, rpoSeconds: 100_000 } };

describe('the report as JUnit XML', () => {
  it('is red where a drill has left something behind, however well the site came back', () => {
    const left = [{ kind: 'PersistentVolume', name: 'pv-1', why: 'finalizer' }];
    const drilled = (clean: boolean): Report =>
      aReport({
        ...unmet,
        siteDrill: {
          cluster: 'west',
          approval: 'not asked',
          dns: [],
          cleanUp: { clean, left: clean ? [] : left, leftCut: 0, seconds: 3, notes: [] },
        },
      });

    expect(casesOf(drilled(true))['bookstore.run the drill is cleaned up']).toBe('passed');
    expect(casesOf(drilled(false))['bookstore.run the drill is cleaned up']).toBe(
      'failure: PersistentVolume pv-1: finalizer',
    );
  });

  it('has a suite for each tier with steps, and a case for each step and check', () => {
    const elements = wellFormed(reportJunit(aReport(unmet)));

    expect(elements.filter(({ name }) => name === 'testsuite').map(({ attributes }) => attributes['name'])).toEqual([
      'bookstore.run',
      'bookstore.databases',
      'bookstore.verify',
    ]);
    expect(casesOf(aReport(unmet))).toEqual({
      'bookstore.run outcome': 'passed',
      'bookstore.run objective RTO: lost until verified': 'passed',
      'bookstore.run objective RPO: age of the data': 'passed',
      'bookstore.run every object of the backup is accounted for': 'passed',
      'bookstore.run data 1 of orders': 'passed',
      'bookstore.databases orders': 'passed',
      'bookstore.databases.orders rows-are-back': 'passed',
      'bookstore.verify shop-answers': 'passed',
    });
  });

  it('counts what it holds, as those who read it believe the counts', () => {
    const elements = wellFormed(reportJunit(aLongReport()));
    const count = (name: string): string => String(elements.filter((element) => element.name === name).length);
    const sum = (attribute: string): string =>
      String(
        elements
          .filter(({ name }) => name === 'testsuite')
          .reduce((all, { attributes }) => all + Number(attributes[attribute]), 0),
      );

    expect(elements[0]?.attributes).toMatchObject({
      tests: count('testcase'),
      failures: count('failure'),
      skipped: count('skipped'),
    });
    expect([sum('tests'), sum('failures'), sum('skipped')]).toEqual([
      count('testcase'),
      count('failure'),
      count('skipped'),
    ]);
  });

  it('fails what failed, with its reason, and skips what was never run', () => {
    expect(casesOf(aLongReport())).toMatchObject({
      'shop.run outcome': expect.stringContaining('failure: step audit-log: Restore'),
      'shop.run objective RTO: lost until verified': 'failure: wanted 30 min 00 s, achieved not reached',
      'shop.queues audit-log': expect.stringContaining('failure: step audit-log: Restore'),
      'shop.queues.shipping queue-answers': 'failure: ExitCode: the command ended with 1 <&> "quoted"',
      'shop.applications web': 'skipped: not run: the run ended before it',
      'shop.run every object of the backup is accounted for': 'failure: 1212 objects are missing',
    });
  });

  it.each([
    ['recovered-with-exceptions', 'skipped: two errors were accepted'],
    ['inconclusive', 'failure: two errors were accepted'],
    ['aborted', 'failure: two errors were accepted'],
  ] as const)('is not green for %s', (outcome, came) => {
    const cases = casesOf(aReport({ outcome, because: 'two errors were accepted' }));

    expect(cases['bookstore.run outcome']).toBe(came);
  });

  it('fails no objective of which nobody can say whether it was met: a plan without a Backup has no age of data', () => {
    expect(casesOf(aReport({ rpoSeconds: null }))['bookstore.run objective RPO: age of the data']).toBe(
      'skipped: wanted 24 h 00 min, achieved not known',
    );
  });

  it('skips each exception with its words: borne is neither green nor red', () => {
    const cases = casesOf(aReport({ exceptions: ['orders: accepted by ana, as stated (known)'] }));

    expect(cases['bookstore.run exception 1']).toBe('skipped: orders: accepted by ana, as stated (known)');
  });

  it('bears every character that a cluster may say', () => {
    const bad = `a<b>&"'\n\t]]>${String.fromCharCode(0, 7, 27)}[31m\u{d800}\u{fffe} é 漢 😀`;

    const elements = wellFormed(reportJunit(aReport({ outcome: 'failed', because: bad })));

    const failure = elements.find(({ name }) => name === 'failure');
    expect(failure?.attributes['message']).toBe(`a<b>&"'\n\t]]>\ufffd\ufffd\ufffd[31m\ufffd\ufffd é 漢 😀`);
    expect(elements.find(({ name }) => name === 'system-out')?.text).toContain(']]>');
  });
});
