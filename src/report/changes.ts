/** What changed between two looks at a run, a line each: for pipes and logs. Pure. */
import type { RunView, StepView, TierView, Waiting } from '../model/run.ts';
import { holdText, voidedLines } from './view.ts';
import { secondsBetween, secondsText } from './text.ts';

/** Lines in the order in which things happened, as far as two looks can tell. */
export function changedLines(before: RunView | undefined, after: RunView): string[] {
  const lines: string[] = [];
  if (before?.recovery === undefined && after.recovery !== undefined)
    lines.push(`recovery ${after.recovery}: plan ${after.plan ?? '?'} on ${after.cluster ?? '?'}`);
  for (const tier of after.tiers)
    lines.push(
      ...tierLines(
        before?.tiers.find(({ name }) => name === tier.name),
        tier,
      ),
    );
  if (before?.state !== after.state)
    lines.push(after.within === undefined ? `state: ${after.state}` : `state: ${after.state} (within ${after.within})`);
  for (const why of voidedLines(after).slice(before === undefined ? 0 : voidedLines(before).length))
    lines.push(`an approval was voided: ${why}`);
  for (const hold of after.holds) {
    const known = before?.holds.some((old) => old.step === hold.step && old.since === hold.since);
    if (!known) lines.push(`held: ${holdText(hold)}`);
  }
  return lines;
}

function tierLines(before: TierView | undefined, after: TierView): string[] {
  const steps = after.steps.flatMap((step) =>
    stepLines(
      after.name,
      before?.steps.find(({ name }) => name === step.name),
      step,
    ),
  );
  const began =
    after.state !== 'pending' && after.state !== 'empty' && (before === undefined || before.state === 'pending');
  const took =
    after.startedAt === undefined || after.healthyAt === undefined
      ? ''
      : ` after ${secondsText(secondsBetween(after.startedAt, after.healthyAt))}`;
  const ended = after.state !== before?.state && after.state === 'done';
  return [
    ...(began ? [`tier ${after.name}: begins`] : []),
    ...steps,
    ...(ended ? [`tier ${after.name}: healthy${took}`] : []),
  ];
}

function stepLines(tier: string, before: StepView | undefined, after: StepView): string[] {
  if (before?.state === after.state && before.generation === after.generation) return [];
  if (after.state === 'pending' || after.state === 'not-run') return [];
  const generation = after.generation > 1 ? ` (generation ${after.generation})` : '';
  const reason = after.state === 'failed' && after.reason !== undefined ? `: ${after.reason}` : '';
  return [`  ${tier}/${after.name}: ${after.state}${generation}${reason}`];
}

/** Remembers what was said of each wait, and lets a reason through when it is new and has stood for a while. */
export class ReasonFilter {
  private readonly said = new Map<string, string>();
  private readonly seen = new Map<string, { readonly reason: string; readonly since: number }>();
  private readonly standsForMs: number;

  /** A reason that is gone within `standsForMs` is not worth a line. */
  constructor(standsForMs = 5_000) {
    this.standsForMs = standsForMs;
  }

  lines(waits: readonly Waiting[], now: number): string[] {
    return waits.flatMap((wait) => {
      const place = [wait.tier, wait.step].filter((part) => part !== undefined).join('/') || 'run';
      const key = `${place} ${wait.waitsFor}`;
      const seen = this.seen.get(key);
      if (seen?.reason !== wait.reason) {
        this.seen.set(key, { reason: wait.reason, since: now });
        return [];
      }
      if (now - seen.since < this.standsForMs || this.said.get(key) === wait.reason) return [];
      this.said.set(key, wait.reason);
      return [`  ${place}: waits for ${wait.waitsFor}: ${wait.reason}`];
    });
  }
}
