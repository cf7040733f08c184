import { reportHtml } from '../report/html.ts';
import type { LookedOnly } from '../model/look.ts';
import { reportJson } from '../report/json.ts';
import { reportJunit } from '../report/junit.ts';
import { cleanedUpLines } from '../report/site-drill.ts';
import { reportMarkdown } from '../report/markdown.ts';
import { reportLines } from '../report/terminal.ts';
import type { Output } from './output.ts';
import type { RunEnd } from './run-end.ts';

/** The forms that a report can be printed in; the first is for people at a terminal. */
export const reportForms = ['text', 'json', 'md', 'html', 'junit'] as const;
export type ReportForm = (typeof reportForms)[number];

/** Prints how a run ended, the report on standard output. Returns the exit code of the outcome. */
export function printEnd(end: RunEnd, output: Output, form: ReportForm): number {
  if (end.looked !== undefined) return printLook(end, end.looked, output, form);
  if (end.cleanedUp !== undefined) {
    const { cleanedUp } = end;
    output.result(form === 'json' ? JSON.stringify(cleanedUp, undefined, 2) : cleanedUpLines(cleanedUp).join('\n'));
    return end.exitCode;
  }
  if (end.report === undefined) {
    if (form === 'json')
      output.result(JSON.stringify({ outcome: 'failed', type: end.type, because: end.message }, undefined, 2));
    output.note(
      `rekindle: ${end.type === undefined || end.type === 'failed' ? '' : `${end.type}: `}${end.message ?? 'the run failed'}`,
    );
    return end.exitCode;
  }
  switch (form) {
    case 'json':
      output.result(reportJson(end.report).trimEnd());
      break;
    case 'md':
      output.result(reportMarkdown(end.report).trimEnd());
      break;
    case 'html':
      output.result(reportHtml(end.report));
      break;
    case 'junit':
      output.result(reportJunit(end.report).trimEnd());
      break;
    case 'text':
      output.result(reportLines(end.report, output.colours).join('\n'));
      break;
  }
  return end.exitCode;
}

function printLook(end: RunEnd, looked: LookedOnly, output: Output, form: ReportForm): number {
  const { plan, cluster, verdict, findings, message } = looked;
  const lines = [`${verdict}  plan ${plan} → ${cluster}`, ...findings.map((one) => `${one.severity}  ${one.message}`)];
  output.result(form === 'json' ? JSON.stringify(looked, undefined, 2) : lines.join('\n'));
  output.note(message);
  return end.exitCode;
}
