import { acceptableReason, type Hold, type RunView, type TierView } from '../src/model/run.ts';
import { decideLines, footer, tierLines } from './details-page.ts';

/** The UI puts this text into an address: a proxy in between may refuse long ones. */
export const limit = 2000;

const cell = (text: string) => text.replaceAll('|', '/').replaceAll('\n', ' ');

/** As UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Cut with an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function row(tier: TierView, reasonLength: number): string {
  const done = tier.steps.filter((step) => step.state === 'done').length;
  const open =
    tier.steps.find((step) => step.state === 'failed') ??
    tier.steps.find((step) => step.reason && step.state !== 'done');
  const why = open?.reason
    ? `${open.name}: ${cut(cell(open.reason), reasonLength)} (as of ${(open.reasonAt ?? '').slice(11, 19)})`
    : '';
  return `| ${tier.name} | ${tier.state} | ${done}/${tier.steps.length} | ${why} |`;
}

function holdText(hold: Hold, length: number): string {
  return `- **${hold.step}** is held since ${hold.since.slice(11, 19)}: ${cut(cell(hold.message), length)}. Update ${hold.reason === acceptableReason ? '`retryStep`, `acceptErrors`' : '`retryStep`'} or \`abort\``;
}

function render(view: RunView, reasonLength: number): string {
  const head = `**${view.state}**${view.within ? ` in ${view.within}` : ''} · ${view.recovery ?? ''} · plan ${view.plan ?? ''} → ${view.cluster ?? ''}`;
  const holds = view.holds.slice(0, 4).map((hold) => holdText(hold, reasonLength * 2));
  const approval = view.awaitingApprovalSince
    ? [`- waits for the Update \`approve\` since ${view.awaitingApprovalSince.slice(11, 19)}`]
    : [];
  const rows = view.tiers.map((tier) => row(tier, reasonLength));
  return [head, '', ...holds, ...approval, '', ...decideLines(view), ...tierLines(rows), '', ...footer(view)].join(
    '\n',
  );
}

/** The run's page in the Temporal UI: one row a tier, at most 2 KB of Markdown. */
export function detailsOf(view: RunView): string {
  for (const reasonLength of [120, 60, 20]) {
    const text = render(view, reasonLength);
    if (bytesOf(text) <= limit) return text;
  }
  return cut(render(view, 20), limit / 4);
}
