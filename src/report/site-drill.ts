/** What a drill has to tell beside what a recovery does: where, what it did not do, and whether anything is left. Pure. */
import type { CleanedUp } from '../model/cleaned-up.ts';
import type { CleanUpReport, Report } from '../model/report.ts';
import { count, printable, secondsText } from './text.ts';

const approvals = {
  asked: 'the approval was asked for',
  'not asked': 'the approval that the plan asks for was not asked for',
  'not in the plan': 'the plan asks for no approval',
} as const;

/** One line for each thing; none for a recovery. */
export function siteDrillLines({ siteDrill, cluster }: Report): string[] {
  if (!siteDrill) return [];
  const { approval, dns, stoodSeconds, cleanUp } = siteDrill;
  return [
    `drill: on cluster ${cluster.context}; cluster ${siteDrill.cluster} was not touched; ${approvals[approval]}`,
    ...(dns.length === 0
      ? []
      : [`DNS that a recovery would have written, judged only: ${count(dns.length, 'object')}`]),
    ...dns.map((line) => `  ${line}`),
    ...(stoodSeconds === undefined ? [] : [`stood for people to look at: ${secondsText(stoodSeconds)}`]),
    ...(cleanUp ? cleanUpLines(cleanUp) : ['clean-up: not needed, the drill had made nothing']),
  ];
}

/** Of a run that only removed what a drill had left. */
export function cleanedUpLines(done: CleanedUp): string[] {
  const { recovery, plan, cluster, drillStartedAt, askedBy, tookOver, cleanUp, quiesce = [], exceptions = [] } = done;
  const back = quiesce.filter(({ state }) => state === 'put back').length;
  return [
    `drill ${recovery} of plan ${plan}, begun ${drillStartedAt}: what it had left in cluster ${cluster.context}`,
    ...(askedBy ? [`asked for by ${askedBy.by} (stated): ${askedBy.reason}`] : []),
    ...(tookOver === undefined ? [] : [tookOver]),
    ...cleanUpLines(cleanUp),
    ...(back > 0 ? [`put back what it had stopped: ${count(back, 'object')}`] : []),
    ...exceptions,
  ].map(printable);
}

function cleanUpLines({ clean, left, leftCut, seconds, notes }: CleanUpReport): string[] {
  const many = left.length + leftCut;
  return [
    clean
      ? `clean: true; a last look found nothing of it, after ${secondsText(seconds)}`
      : `clean: false; after ${secondsText(seconds)} ${count(many, 'object')} ${many === 1 ? 'is' : 'are'} left`,
    ...left.map(({ kind, name, why }) => `  ${kind} ${name}: ${why}`),
    ...(leftCut > 0 ? [`  and ${leftCut} more`] : []),
    ...notes.map((note) => `  ${note}`),
  ];
}
