import { acceptableReason, existingReason, type Hold, type RunView, type TierView } from '../src/model/run.ts';
import { decideLines, footer, tierLines } from './details-page.ts';
import { confirmedTiers } from './refusals.ts';

/** The UI puts this text into an address: a proxy in between may refuse long ones. */
export const limit = 2000;

const cell = (text: string) => text.replaceAll('|', '/').replaceAll('\n', ' ');

const clock = (time: string) => time.slice(11, 19);

/** A deadline may be days away. */
const day = (time: string) => time.slice(0, 16).replace('T', ' ');

/** What may be answered to a hold, beside `abort`. */
function answers(hold: Hold): string {
  const aside = hold.reason === existingReason ? ' (for claims with "mode": "setAside" and "confirm")' : '';
  const accept = hold.reason === acceptableReason ? ', `acceptErrors`' : '';
  const confirm = hold.tier !== undefined && confirmedTiers.includes(hold.tier) ? ' with "confirm"' : '';
  const skip = hold.tier === undefined ? '' : `, \`skipStep\`${confirm}`;
  return `\`retryStep\`${aside}${accept}${skip}`;
}

/** As UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Cut with an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** With its full stop, unless it has been cut. */
const sentence = (text: string) => (text.endsWith('…') ? text : `${text}.`);

function row(tier: TierView, reasonLength: number): string {
  const done = tier.steps.filter((step) => step.state === 'done').length;
  const open =
    tier.steps.find((step) => step.state === 'failed') ??
    tier.steps.find((step) => step.reason && step.state !== 'done' && step.state !== 'skipped');
  const why = open?.reason
    ? `${open.name}: ${cut(cell(open.reason), reasonLength)} (as of ${(open.reasonAt ?? '').slice(11, 19)})`
    : '';
  const skipped = tier.steps.filter((step) => step.state === 'skipped').length;
  const count = `${done}/${tier.steps.length}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return `| ${tier.name} | ${tier.state} | ${count} | ${why} |`;
}

function holdText(hold: Hold, length: number): string {
  const until = hold.decideBy === undefined ? '' : ` until ${day(hold.decideBy)}, then the run fails`;
  return `- **${hold.step}** is held since ${clock(hold.since)}${until} as \`${hold.reason}\`: ${sentence(cut(cell(hold.message), length))} Update ${answers(hold)} or \`abort\``;
}

function pauseLines({ paused }: RunView, length: number): string[] {
  if (!paused) return [];
  const { since, by, reason } = paused;
  return [
    `- **paused** since ${clock(since)} by ${cut(cell(by), 40)} (stated): ${cut(cell(reason), length)}. Update \`resume\``,
  ];
}

/** Who may approve, and how many of them must. */
function whoMayApprove({ approvers, approvalsNeeded = 1 }: RunView, length: number): string {
  if (!approvers) return approvalsNeeded > 1 ? `${approvalsNeeded} different people` : 'anybody';
  const names = approvers.map((name) => cut(cell(name), 40));
  while (names.length > 1 && names.join(', ').length > length) names.pop();
  const more = approvers.length - names.length;
  const list = `${names.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
  if (approvalsNeeded > 1) return `${approvalsNeeded} of these people: ${list}`;
  return approvers.length > 1 ? `one of ${list}` : list;
}

function approvalLines(view: RunView, length: number): string[] {
  if (view.awaitingApprovalSince === undefined) return [];
  const { approvals = [], approvalsNeeded, approveBy, thenAtApproveBy } = view;
  const good = approvals.filter((one) => one.voided === undefined && !one.pending);
  const names = good.map(({ by }) => cut(cell(by), 40)).join(', ');
  const count =
    approvalsNeeded === undefined ? '' : ` (${good.length} of ${approvalsNeeded}${names ? `: ${names}` : ''})`;
  const until =
    approveBy === undefined
      ? ''
      : ` until ${day(approveBy)}, then ${thenAtApproveBy === 'approve' ? 'phase two begins unasked' : 'the run is aborted'}`;
  const voided = approvals.flatMap((one) => (one.voided === undefined ? [] : [cut(cell(one.voided), length * 2)]));
  const looked = approvals.filter(({ pending }) => pending);
  return [
    ...looked.map(({ by }) => `- the approval by ${cut(cell(by), 40)} counts once it is known who called`),
    `- waits for the Update \`approve\` by ${whoMayApprove(view, length)}${count} since ${clock(view.awaitingApprovalSince)}${until}`,
    ...voided.slice(-2).map((why) => `- an approval was **voided**: ${why}`),
  ];
}

function drillLines({ drillOf, standsUntil, cleansUpOnly }: RunView): string[] {
  if (drillOf === undefined) return [];
  if (cleansUpOnly) return ['- only removes what this drill has left: nothing is restored'];
  const stands =
    standsUntil === undefined
      ? []
      : [`- stands for people to look at until ${standsUntil.slice(0, 16)}Z; the Update \`cleanUp\` ends that`];
  return [`- a drill: cluster ${drillOf} is not touched, and everything here is removed at the end`, ...stands];
}

function render(view: RunView, reasonLength: number): string {
  const head = `**${view.state}**${view.within ? ` in ${view.within}` : ''} · ${view.recovery ?? ''} · plan ${view.plan ?? ''} → ${view.cluster ?? ''}`;
  const holds = view.holds.slice(0, 4).map((hold) => holdText(hold, reasonLength * 2));
  const rows = view.tiers.map((tier) => row(tier, reasonLength));
  return [
    head,
    '',
    ...holds,
    ...pauseLines(view, reasonLength),
    ...approvalLines(view, reasonLength),
    ...drillLines(view),
    '',
    ...decideLines(view),
    ...(view.cleansUpOnly ? [] : tierLines(rows)),
    '',
    ...footer(view),
  ].join('\n');
}

/** What a policy, a webhook or a driver says stands at the end of a sentence that four programs have put a word before. */
const reasonLengths = [300, 120, 60, 20];

/** The run's page in the Temporal UI: one row a tier, at most 2 KB of Markdown. */
export function detailsOf(view: RunView): string {
  for (const reasonLength of reasonLengths) {
    const text = render(view, reasonLength);
    if (bytesOf(text) <= limit) return text;
  }
  return cut(render(view, 20), limit / 4);
}
