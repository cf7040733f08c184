/**
 * The report as JUnit XML, for what collects test results: tiers are suites, steps and checks are cases. What failed is a
 * failure, what was not run or was borne by decision is skipped, so that nothing but plain success is green. Pure.
 */
import type { CheckReport, Report, StepReport, TierReport } from '../model/report.ts';
import { refText } from '../model/verdict.ts';
import { exceptionLines, objectiveRows } from './facts.ts';
import { outcomeMeaning, secondsBetween } from './text.ts';

interface Case {
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  readonly failure?: { readonly type: string; readonly message: string };
  readonly skipped?: string;
  /** What was seen. */
  readonly output?: string;
}

interface Suite {
  readonly name: string;
  readonly at: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

/** The whole document. */
export function reportJunit(report: Report): string {
  const suites = [runSuite(report), ...report.tiers.map((tier) => tierSuite(report, tier)), verifySuite(report)];
  const filled = suites.filter(({ cases }) => cases.length > 0);
  const all = filled.flatMap(({ cases }) => cases);
  const whole = secondsBetween(report.startedAt, report.endedAt);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(report.recovery)}" ${counts(all)} time="${seconds(whole)}">`,
    ...filled.map((suite) => suiteText(suite, report)),
    '</testsuites>',
    '',
  ].join('\n');
}

function runSuite(report: Report): Suite {
  const suite = `${report.plan}.run`;
  const at = { suite, seconds: 0 };
  const borne = exceptionLines(report).map((line, index) => ({ ...at, name: `exception ${index + 1}`, skipped: line }));
  const cases = [outcomeCase(report, suite), ...objectiveCases(report, suite), completenessCase(report, suite)];
  const data = report.data.map(({ store, expected, restored, equal }, index): Case => ({
    ...at,
    name: `data ${index + 1} of ${store}`,
    ...(equal ? {} : { failure: { type: 'DataDiffers', message: `expected ${expected}, restored ${restored}` } }),
  }));
  return {
    name: suite,
    at: report.startedAt,
    seconds: Math.max(0, secondsBetween(report.startedAt, report.endedAt)),
    cases: [...cases, ...cleanUpCases(report, suite), ...data, ...borne],
  };
}

/** Of a drill: what it left is red, however well the site came back. */
function cleanUpCases({ siteDrill }: Report, suite: string): readonly Case[] {
  const cleanUp = siteDrill?.cleanUp;
  if (!cleanUp) return [];
  const [first] = cleanUp.left;
  const message = first ? `${first.kind} ${first.name}: ${first.why}` : 'no last look found it clean';
  const failure = cleanUp.clean ? {} : { failure: { type: 'NotClean', message } };
  return [{ suite, name: 'the drill is cleaned up', seconds: cleanUp.seconds, ...failure }];
}

function outcomeCase(report: Report, suite: string): Case {
  const { outcome, because } = report;
  const message = because ?? outcomeMeaning[outcome];
  const whole = { suite, name: 'outcome', seconds: report.rtoSeconds ?? 0, output: `${outcome}: ${message}` };
  if (outcome === 'recovered') return whole;
  // Borne by the plan or by a person: neither green nor red. Without data asserted nothing was shown, which is red.
  return outcome === 'recovered-with-exceptions'
    ? { ...whole, skipped: message }
    : { ...whole, failure: { type: outcome, message } };
}

function objectiveCases(report: Report, suite: string): readonly Case[] {
  return objectiveRows(report)
    .filter(({ wanted }) => wanted !== 'none')
    .map(({ name, wanted, achieved, met }) => {
      const message = `wanted ${wanted}, achieved ${achieved}`;
      const whole = { suite, name: `objective ${name}`, seconds: 0, output: message };
      if (met === true) return whole;
      return met === undefined
        ? { ...whole, skipped: message }
        : { ...whole, failure: { type: 'ObjectiveMissed', message } };
    });
}

function completenessCase({ completeness }: Report, suite: string): Case {
  const whole = { suite, name: 'every object of the backup is accounted for', seconds: 0 };
  if (!completeness.judged) return { ...whole, skipped: 'the run ended before it' };
  const { missing, missingCut } = completeness;
  if (missing.length === 0) return whole;
  const lines = missing.map((one) => `${refText(one)}: ${one.why}`);
  const cut = missingCut > 0 ? [`and ${missingCut} more`] : [];
  const message = `${missing.length + missingCut} objects are missing`;
  return { ...whole, failure: { type: 'ObjectsMissing', message }, output: [...lines, ...cut].join('\n') };
}

function tierSuite(report: Report, tier: TierReport): Suite {
  const name = `${report.plan}.${tier.name}`;
  const end = tier.healthyAt ?? report.endedAt;
  return {
    name,
    at: tier.startedAt ?? report.startedAt,
    seconds: tier.startedAt === null ? 0 : Math.max(0, secondsBetween(tier.startedAt, end)),
    cases: tier.steps.flatMap((step) => [
      stepCase(name, step, report),
      ...step.checks.map((check) => checkCase(`${name}.${step.name}`, check)),
    ]),
  };
}

function stepCase(suite: string, step: StepReport, report: Report): Case {
  const output = [...step.evidence, ...step.notes].join('\n');
  const whole = {
    suite,
    name: step.name,
    seconds: step.engineSeconds + step.gateSeconds + step.settleSeconds,
    ...(output === '' ? {} : { output }),
  };
  switch (step.state) {
    case 'done':
      return whole;
    case 'failed':
      return { ...whole, failure: { type: 'StepFailed', message: report.because ?? `${step.name} failed` } };
    case 'restoring':
    case 'gating':
      return { ...whole, failure: { type: 'NotFinished', message: `the run ended while it was ${step.state}` } };
    case 'pending':
    case 'not-run':
      return { ...whole, skipped: 'not run: the run ended before it' };
    // By decision: never green.
    default:
      return { ...whole, skipped: step.state };
  }
}

function checkCase(suite: string, check: CheckReport): Case {
  const whole = { suite, name: check.name, seconds: 0, output: check.observed };
  if (check.verdict === 'Healthy') return whole;
  return { ...whole, failure: { type: check.verdict, message: check.observed } };
}

function verifySuite(report: Report): Suite {
  const name = `${report.plan}.verify`;
  return {
    name,
    at: report.verifiedAt ?? report.endedAt,
    seconds: 0,
    cases: report.verify.map((check) => checkCase(name, check)),
  };
}

function suiteText({ name, at, seconds: took, cases }: Suite, report: Report): string {
  const head = `  <testsuite name="${attribute(name)}" ${counts(cases)} errors="0" time="${seconds(took)}" timestamp="${attribute(at.replace(/Z$/, ''))}" hostname="${attribute(report.cluster.context)}">`;
  return [head, ...cases.map(caseText), '  </testsuite>'].join('\n');
}

function counts(cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  return `tests="${cases.length}" failures="${failures}" skipped="${skipped}"`;
}

function caseText({ suite, name, seconds: took, failure, skipped, output }: Case): string {
  const head = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds(took)}"`;
  const inner = [
    ...(failure === undefined
      ? []
      : [`<failure type="${attribute(failure.type)}" message="${attribute(failure.message)}"/>`]),
    ...(skipped === undefined ? [] : [`<skipped message="${attribute(skipped)}"/>`]),
    ...(output === undefined ? [] : [`<system-out>${xmlText(output)}</system-out>`]),
  ];
  if (inner.length === 0) return `${head}/>`;
  return [`${head}>`, ...inner.map((line) => `      ${line}`), '    </testcase>'].join('\n');
}

function seconds(value: number): string {
  return value.toFixed(3);
}

/** XML 1.0 cannot hold control characters, lone surrogates, U+FFFE or U+FFFF, not even escaped. */
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function xmlText(text: string): string {
  const entities: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return text.replace(notXml, '\ufffd').replaceAll(/[&<>]/g, (character) => entities[character] ?? '');
}

/** A parser makes spaces of line feeds in an attribute, unless they are escaped. */
function attribute(text: string): string {
  const entities: { readonly [character: string]: string } = {
    '"': '&quot;',
    "'": '&apos;',
    '\n': '&#10;',
    '\r': '&#13;',
    '\t': '&#9;',
  };
  return xmlText(text).replaceAll(/["'\n\r\t]/g, (character) => entities[character] ?? '');
}
