import {
  CancellationScope,
  condition,
  patched,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Acted } from '../activities/acting.ts';
import { formatDuration } from '../src/model/duration.ts';
import type { Decision, WorkerCrash } from '../src/model/report.ts';
import type { AbortInput } from '../src/model/request.ts';
import { type Hold, isOver, type RunState, type RunView, searchAttributeNames } from '../src/model/run.ts';
import type { TierName } from '../src/model/tiers.ts';
import type { SpentOn } from '../src/model/times.ts';
import type { Approvals } from './approval.ts';
import { type Heard, identify } from './callers.ts';
import { after, now, type Taken } from './clock.ts';
import { listen, type Resolution, type Settled } from './decisions.ts';
import { detailsOf } from './details.ts';
import { failedWith, RunFailed } from './failed.ts';
import { brief } from './proxies.ts';
import type { RunRecord } from './record.ts';
import { viewOf } from './view.ts';

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** One run: its record, what people have decided, and what is shown of it. Acts on nothing itself. */
export class Run {
  readonly beginning: { state: RunState; startedAt: string };
  record: RunRecord | undefined;
  readonly holds = new Map<string, Hold>();
  /** Decisions on what is held, until it has gone on. */
  readonly settled = new Map<string, Settled>();
  readonly scope = new CancellationScope();
  readonly approvals: Approvals = { given: [], counted: 0, voided: [] };
  abort: Taken<AbortInput> | undefined;
  /** Seen before there was a record to note them in. */
  readonly crashesBefore: WorkerCrash[] = [];
  /** Notes that nobody waits for are written one after another; a run ends after the last. */
  private notes: Promise<void> = Promise.resolve();
  private tier: TierName | undefined;
  private shown = '';

  constructor(record: RunRecord | undefined) {
    this.record = record;
    this.beginning = { state: 'planning', startedAt: now() };
    listen(this);
  }

  get state(): RunState {
    if (this.holds.size > 0) return 'held';
    if (this.record?.paused && !isOver(this.within)) return 'paused';
    return this.within;
  }

  /** The state apart from any hold or pause. */
  get within(): RunState {
    return this.record?.state ?? this.beginning.state;
  }

  /** The record; there is one from the end of planning on. */
  get known(): RunRecord {
    if (!this.record) throw new Error('the run has no record yet');
    return this.record;
  }

  get view(): RunView {
    return viewOf(this);
  }

  get currentTier(): TierName | undefined {
    return this.tier;
  }

  enter(state: RunState, tier?: TierName): void {
    if (this.record) this.record.state = state;
    else this.beginning.state = state;
    this.tier = tier;
    this.show();
  }

  /** Shows the run again: details always; memo and search attributes only when state or tier have changed. */
  show(): void {
    setCurrentDetails(detailsOf(this.view));
    const { record } = this;
    const mark = `${this.state}/${this.tier ?? ''}`;
    if (!record || mark === this.shown) return;
    this.shown = mark;
    upsertMemo({ recovery: record.recovery, site: record.plan.site, plan: record.plan.name, state: this.state });
    if (!record.searchAttributes) return;
    upsertSearchAttributes([
      { key: keyword(searchAttributeNames.site), value: record.plan.site },
      { key: keyword(searchAttributeNames.plan), value: record.plan.name },
      { key: keyword(searchAttributeNames.state), value: this.state },
      { key: keyword(searchAttributeNames.tier), value: this.tier ?? null },
    ]);
  }

  /** Takes an activity's value, and notes the workers that died under it. */
  take<T>(acted: Acted<T>): T {
    for (const crash of acted.crashes) this.noteCrash(crash);
    if (acted.worker) this.noteAlive(acted.worker);
    return acted.value;
  }

  /** While Temporal is away nobody's beats arrive, and the next to act takes the one before for dead: until it ends something. */
  private noteAlive(worker: string): void {
    const crashes = this.record?.crashes ?? this.crashesBefore;
    const index = crashes.findIndex((known) => known.worker === worker);
    if (index >= 0) crashes.splice(index, 1);
  }

  /** Several activities see the same worker die: it is one crash, until the first of them went on. */
  private noteCrash(crash: WorkerCrash): void {
    const crashes = this.record?.crashes ?? this.crashesBefore;
    const index = crashes.findIndex((known) => known.worker === crash.worker);
    const known = crashes[index];
    if (!known) crashes.push(crash);
    else if (crash.resumedAt < known.resumedAt) crashes[index] = crash;
  }

  spend(on: SpentOn, from: string, to: string): void {
    this.record?.stretches.push({ on, from, to });
  }

  /** Time that people took: phase one is looked at again when it was long. */
  waitedFor(from: string, to: string): void {
    this.spend('decision', from, to);
    if (this.record) this.record.waitedMs += Date.parse(to) - Date.parse(from);
  }

  /** Waits while the run is paused. */
  async unpaused(): Promise<void> {
    if (this.record?.paused) await condition(() => !this.record?.paused);
  }

  /** Holds something until somebody decides on it, or for as long as the plan allows; then the run fails. */
  async hold(hold: Hold): Promise<Resolution> {
    const withinMs = this.record?.plan.holds?.withinMs;
    this.holds.set(hold.step, withinMs === undefined ? hold : { ...hold, decideBy: after(hold.since, withinMs) });
    this.show();
    await this.untilSettled(hold, withinMs);
    const settled = this.settled.get(hold.step);
    this.settled.delete(hold.step);
    this.holds.delete(hold.step);
    if (!settled) throw new Error('unreachable: a decision was there');
    this.waitedFor(hold.since, settled.at);
    this.show();
    const { mode, by, reason, timeout } = settled.input;
    const { at, kind, updateId: update } = settled;
    const how = kind === 'retryStep' ? { ...(mode ? { mode } : {}), ...(timeout ? { timeout } : {}) } : {};
    await this.note({ at, kind, step: hold.step, ...how, by, reason }, update);
    return settled.input;
  }

  private async untilSettled(hold: Hold, withinMs: number | undefined): Promise<void> {
    const isSettled = () => this.settled.has(hold.step);
    if (withinMs === undefined) return condition(isSettled);
    if ((await condition(isSettled, withinMs)) || isSettled()) return undefined;
    this.waitedFor(hold.since, now());
    throw new RunFailed({
      reason: 'Undecided',
      message: `${hold.step} was held for ${formatDuration(withinMs)} and nobody decided: ${hold.message}`,
    });
  }

  /** Writes a decision down without anybody waiting for it. */
  noteLater(decision: Decision, updateId: string | undefined): void {
    this.notes = this.notes.then(() =>
      CancellationScope.nonCancellable(async () => {
        await this.note(decision, updateId);
      }),
    );
  }

  /** Until everything that was to be noted is. */
  async noted(): Promise<void> {
    await this.notes;
  }

  /**
   * Writes a decision down, with what the server knows of its caller, and returns it so. One that cannot be written is kept all
   * the same and said in the report: the act that follows is refused by whatever stood in the way here.
   */
  async note(decision: Decision, updateId: string | undefined): Promise<Decision> {
    return this.write(await this.hear(decision, updateId));
  }

  /** Takes a decision into the record with the identity of its caller, which Temporal alone is asked for. */
  async hear(decision: Decision, updateId: string | undefined): Promise<Heard> {
    const { record } = this;
    const index = record ? record.decisions.push(decision) - 1 : 0;
    if (updateId === undefined) return { decision, index };
    // Histories of before read the caller with the note.
    if (!patched('2026-11-callers')) return { decision, index, updateId };
    const heard = await identify(this, { decision, index, updateId });
    if (record) record.decisions[index] = heard.decision;
    return heard;
  }

  /** Writes a decision into the ledger, or writes it once more with what has become of it. */
  async write({ decision, index, updateId }: Heard): Promise<Decision> {
    const { record } = this;
    const { workflowId, runId } = workflowInfo();
    const number = (record?.firstDecision ?? 0) + index;
    const run = record?.run ? { run: record.run } : {};
    if (record) record.decisions[index] = decision;
    try {
      const noted = this.take(
        await brief.noteDecision({
          ...run,
          workflow: { workflowId, runId },
          number,
          decision,
          ...(updateId ? { updateId } : {}),
        }),
      );
      if (record) record.decisions[index] = noted;
      return noted;
    } catch (error) {
      record?.exceptions.push(
        `the decision ${decision.kind} was not written to the ledger: ${failedWith(error).message}`,
      );
      return decision;
    }
  }
}
