/** A run that goes on, for a terminal: tiers, steps, and why not yet. Pure. */
import {
  acceptableReason,
  existingReason,
  type Hold,
  type RunView,
  type StepView,
  type TierView,
  type Waiting,
} from '../model/run.ts';
import { columns, cut } from './columns.ts';
import { secondsBetween, secondsText } from './text.ts';

/** How to paint; the identity where there is no colour. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
}

/** Paints nothing. */
export const plain: Paint = { bold: same, dim: same, green: same, yellow: same, red: same, cyan: same };

function same(text: string): string {
  return text;
}

export interface ViewOptions {
  readonly now: Date;
  readonly paint: Paint;
  readonly columns: number;
}

/** The whole page as lines. */
export function viewLines(view: RunView, waits: readonly Waiting[], options: ViewOptions): string[] {
  const { paint } = options;
  const tiers = view.tiers.flatMap((tier, index) => tierRows(tier, index + 1, waits, options));
  const loose = waits
    .filter((wait) => wait.step === undefined)
    .map((wait) => paint.dim(cut(`waits for ${wait.waitsFor}: ${whyText(wait, options.now)}`, options.columns)));
  return [
    headLine(view, options),
    '',
    ...columns(tiers),
    ...(loose.length > 0 ? ['', ...loose] : []),
    ...decisionLines(view, options),
  ];
}

function headLine(view: RunView, { now, paint }: ViewOptions): string {
  const where = view.cluster === undefined ? '' : ` on ${view.cluster}`;
  const since = secondsText(Math.max(secondsBetween(view.startedAt, now.toISOString()), 0));
  const state = view.within === undefined ? view.state : `${view.state} (within ${view.within})`;
  const waits = view.state === 'held' || view.state === 'paused' || view.state === 'awaiting-approval';
  const painted = waits ? paint.yellow(state) : paint.cyan(state);
  return `${paint.bold(view.recovery ?? 'recovery')}  ${view.plan ?? 'plan'}${where}  ${painted}  for ${since}`;
}

function tierRows(tier: TierView, number: number, waits: readonly Waiting[], options: ViewOptions): string[][] {
  const { paint, now } = options;
  const head = [paint.bold(`${number} ${tier.name}`), tierState(tier, paint), tierTime(tier, now)];
  const open = tier.steps.filter((step) => tier.state !== 'done' && tier.state !== 'pending' && step.state !== 'done');
  return [head, ...open.map((step) => stepRow(tier, step, waits, options))];
}

function tierState(tier: TierView, paint: Paint): string {
  const colours = { pending: paint.dim, running: paint.cyan, done: paint.green, held: paint.yellow, empty: paint.dim };
  return colours[tier.state](tier.state);
}

function tierTime(tier: TierView, now: Date): string {
  if (tier.startedAt === undefined || tier.state === 'empty') return '';
  const seconds = secondsBetween(tier.startedAt, tier.healthyAt ?? now.toISOString());
  return tier.healthyAt === undefined ? secondsText(Math.max(seconds, 0)) : `healthy after ${secondsText(seconds)}`;
}

function stepRow(
  tier: TierView,
  step: StepView,
  waits: readonly Waiting[],
  { now, paint, columns: width }: ViewOptions,
): string[] {
  const wait = waits.find((one) => one.step === step.name && (one.tier === undefined || one.tier === tier.name));
  const again = step.generation > 1 ? ` (generation ${step.generation})` : '';
  const why = wait === undefined ? storedReason(step, now) : `${wait.waitsFor}: ${whyText(wait, now)}`;
  return [`  ${step.name}`, stepState(step, paint) + again, paint.dim(cut(why, Math.max(width - 40, 30)))];
}

function stepState(step: StepView, paint: Paint): string {
  if (step.state === 'failed') return paint.red('failed');
  if (step.state === 'skipped') return paint.yellow('skipped');
  return step.state === 'pending' || step.state === 'not-run' ? paint.dim(step.state) : paint.cyan(step.state);
}

function storedReason(step: StepView, now: Date): string {
  if (step.reason === undefined) return '';
  return step.reasonAt === undefined ? step.reason : `${step.reason} (as of ${ago(step.reasonAt, now)})`;
}

function whyText(wait: Waiting, now: Date): string {
  return `${wait.reason} (as of ${ago(wait.at, now)})`;
}

function ago(at: string, now: Date): string {
  return `${secondsText(Math.max(secondsBetween(at, now.toISOString()), 0))} ago`;
}

/** What a person may decide now, with the command for it. */
export function decisionLines(view: RunView, { paint }: Pick<ViewOptions, 'paint'>): string[] {
  const id = view.recovery ?? '';
  const lines: string[] = [];
  for (const hold of view.holds)
    lines.push(
      '',
      `${paint.yellow('held')} ${holdText(hold)}`,
      ...holdCommands(hold, id).map((command) => `  ${command}`),
    );
  if (view.paused !== undefined) {
    const { by, since, reason } = view.paused;
    lines.push(
      '',
      `${paint.yellow('paused')} by ${by} (stated) at ${since}: ${reason}`,
      `  rekindle resume ${id} --reason "…"`,
      `  rekindle abort ${id} --reason "…"`,
    );
  }
  if (view.state === 'awaiting-approval' || view.awaitingApprovalSince !== undefined) {
    lines.push(
      '',
      `${paint.yellow('waits for approval')} ${approvalText(view)}`,
      ...voidedLines(view).map((why) => `  ${paint.yellow('voided')} ${why}`),
      `  rekindle approve ${id} --reason "…"`,
      `  rekindle abort ${id} --reason "…"`,
    );
  }
  if (view.standsUntil !== undefined)
    lines.push(
      '',
      `${paint.yellow('stands for people to look at')} until ${view.standsUntil}, then it is cleaned up; sooner:`,
      `  rekindle clean-up ${id} --reason "…"`,
    );
  return lines;
}

/** What the wait for approvals is for, how far it is, and when it ends. */
function approvalText({ approvals = [], approvalsNeeded, approvers, approveBy, thenAtApproveBy }: RunView): string {
  const names = approvals.filter(({ voided, pending }) => voided === undefined && !pending).map(({ by }) => by);
  const count =
    approvalsNeeded === undefined
      ? ''
      : `; ${names.length} of ${approvalsNeeded} people have approved${names.length > 0 ? ` (${names.join(', ')}, as stated)` : ''}`;
  const until = approveBy === undefined ? '' : `; until ${approveBy}, then ${thenAtApproveBy ?? 'abort'}`;
  const who = approvers === undefined ? '' : `; these may approve: ${approvers.join(', ')}`;
  return `phase one holds; phase two lets workloads and traffic in${who}${count}${until}`;
}

/** Why approvals do not count, a line each. */
export function voidedLines({ approvals = [] }: RunView): string[] {
  return approvals.flatMap(({ voided }) => (voided === undefined ? [] : [voided]));
}

/** One sentence for a hold. */
export function holdText(hold: Hold): string {
  const where = hold.tier === undefined ? hold.step : `${hold.tier}/${hold.step}`;
  const until = hold.decideBy === undefined ? '' : ` (until ${hold.decideBy}, then the run fails)`;
  return `${where}: ${hold.reason}: ${hold.message}${until}`;
}

/** What to type. `wait` judges the same restore again, `again` restores with a new generation. */
export function holdCommands(hold: Hold, id: string): string[] {
  const run = id === '' ? '' : ` --run ${id}`;
  const retry = `rekindle retry ${hold.step}${run} --reason "…"`;
  const abort = `rekindle abort ${id === '' ? '' : `${id} `}--reason "…"`;
  if (hold.step === 'preflight' || hold.step === 'planning') return [retry, abort];
  const accept = `rekindle accept-errors ${hold.step}${run} --reason "…"`;
  if (hold.tier === undefined) return [`${retry} --mode again|wait`, abort];
  const aside = `${retry} --mode set-aside --confirm ${hold.step}`;
  const skip = `rekindle skip ${hold.step}${run} --confirm ${hold.step} --reason "…"`;
  return [
    `${retry} --mode again|wait`,
    ...(hold.reason === existingReason ? [aside] : []),
    ...(hold.reason === acceptableReason ? [accept] : []),
    skip,
    abort,
  ];
}
