import {
  CancellationScope,
  condition,
  currentUpdateInfo,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Acted } from '../activities/acting.ts';
import type { AcceptedErrors, Decision, WorkerCrash } from '../src/model/report.ts';
import type { AbortInput, ApproveInput } from '../src/model/request.ts';
import { type Hold, type RunState, type RunView, searchAttributeNames, type Waiting } from '../src/model/run.ts';
import type { TierName } from '../src/model/tiers.ts';
import type { SpentOn } from '../src/model/times.ts';
import { detailsOf } from './details.ts';
import { failedWith } from './failed.ts';
import {
  abortUpdate,
  acceptErrorsUpdate,
  approveUpdate,
  descriptions,
  reasonSignal,
  retryStepUpdate,
  validateAbort,
  validateAcceptErrors,
  validateApprove,
  validateRetryStep,
  viewQuery,
} from './messages.ts';
import { brief } from './proxies.ts';
import type { RunRecord } from './record.ts';
import { viewOf } from './view.ts';

/** A decision as its handler took it; noted with the caller's identity by the run itself. */
interface Taken<Input> {
  readonly input: Input;
  readonly at: string;
  readonly updateId?: string;
}

/** How a person let something held go on. */
export interface Resolution {
  readonly mode?: 'again' | 'wait';
  readonly acceptBackup?: string;
  readonly accepted?: AcceptedErrors;
}

/** A decision on something held, with what is written down of it. */
type Settled = Taken<Resolution & Pick<Decision, 'by' | 'reason'>> & Pick<Decision, 'kind'>;

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

/** One run: its record, what people have decided, and what is shown of it. Acts on nothing itself. */
export class Run {
  readonly beginning: { state: RunState; startedAt: string };
  record: RunRecord | undefined;
  readonly holds = new Map<string, Hold>();
  readonly scope = new CancellationScope();
  approval: Taken<ApproveInput> | undefined;
  abort: Taken<AbortInput> | undefined;
  awaitingApprovalSince: string | undefined;
  /** Seen before there was a record to note them in. */
  readonly crashesBefore: WorkerCrash[] = [];
  private readonly settled = new Map<string, Settled>();
  private tier: TierName | undefined;
  private shown = '';

  constructor(record: RunRecord | undefined) {
    this.record = record;
    this.beginning = { state: 'planning', startedAt: now() };
    this.listen();
  }

  get state(): RunState {
    if (this.holds.size > 0) return 'held';
    return this.within;
  }

  /** The state apart from any hold. */
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
    return acted.value;
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

  /** Holds something until somebody decides on it. Only a cancellation ends the wait otherwise. */
  async hold(hold: Hold): Promise<Resolution> {
    this.holds.set(hold.step, hold);
    this.show();
    await condition(() => this.settled.has(hold.step));
    const taken = this.settled.get(hold.step);
    this.settled.delete(hold.step);
    this.holds.delete(hold.step);
    if (!taken) throw new Error('unreachable: a decision was there');
    this.spend('decision', hold.since, taken.at);
    if (this.record) this.record.waitedMs += Date.parse(taken.at) - Date.parse(hold.since);
    this.show();
    const { mode, by, reason } = taken.input;
    const { at, kind, updateId: update } = taken;
    await this.note(
      { at, kind, step: hold.step, ...(mode && kind === 'retryStep' ? { mode } : {}), by, reason },
      update,
    );
    return taken.input;
  }

  /**
   * Writes a decision down, with what the server knows of its caller. One that cannot be written is kept all the same and
   * said in the report: the act that follows is refused by whatever stood in the way here.
   */
  async note(decision: Decision, updateId: string | undefined): Promise<void> {
    const { record } = this;
    const { workflowId, runId } = workflowInfo();
    const index = record ? record.decisions.push(decision) - 1 : 0;
    const number = (record?.firstDecision ?? 0) + index;
    const workflow = { workflowId, runId };
    const run = record?.run ? { run: record.run } : {};
    try {
      const noted = this.take(
        await brief.noteDecision({ ...run, workflow, number, decision, ...(updateId ? { updateId } : {}) }),
      );
      if (record) record.decisions[index] = noted;
    } catch (error) {
      record?.exceptions.push(
        `the decision ${decision.kind} was not written to the ledger: ${failedWith(error).message}`,
      );
    }
  }

  private listen(): void {
    setHandler(viewQuery, () => this.view, { description: descriptions.view });
    setHandler(reasonSignal, (waiting) => this.hear(waiting));
    setHandler(
      approveUpdate,
      (input) => {
        this.approval = { input, at: now(), ...updateId() };
        return 'approved: phase two begins';
      },
      {
        description: descriptions.approve,
        validator: (input) => validateApprove(input, this.state, this.approval !== undefined),
      },
    );
    setHandler(
      retryStepUpdate,
      (input) => {
        this.settled.set(input.step, { kind: 'retryStep', input, at: now(), ...updateId() });
        return `${input.step} goes on`;
      },
      {
        description: descriptions.retryStep,
        validator: (input) =>
          validateRetryStep(
            input,
            this.undecided.map((hold) => hold.step),
          ),
      },
    );
    setHandler(
      acceptErrorsUpdate,
      ({ step, by, reason }) => {
        const input = { mode: 'wait', accepted: { by, reason }, by, reason } as const;
        this.settled.set(step, { kind: 'acceptErrors', input, at: now(), ...updateId() });
        return `${step} goes on without what could not be restored`;
      },
      {
        description: descriptions.acceptErrors,
        validator: (input) => validateAcceptErrors(input, this.undecided),
      },
    );
    setHandler(
      abortUpdate,
      (input) => {
        this.abort = { input, at: now(), ...updateId() };
        this.scope.cancel();
        return 'the run ends; what was restored stays';
      },
      {
        description: descriptions.abort,
        validator: (input) => validateAbort(input, this.within === 'ending' || this.abort !== undefined),
      },
    );
  }

  /** What is held and has no decision yet. */
  private get undecided(): readonly Hold[] {
    return [...this.holds.values()].filter((hold) => !this.settled.has(hold.step));
  }

  /** Anybody may send a signal, with anything in it: what is not a reason is not heard. */
  private hear(said: unknown): void {
    if (typeof said !== 'object' || said === null) return;
    const { step: name, reason, at } = said as Partial<Record<keyof Waiting, unknown>>;
    if (typeof name !== 'string' || typeof reason !== 'string' || typeof at !== 'string') return;
    const step = Object.hasOwn(this.record?.steps ?? {}, name) ? this.record?.steps[name] : undefined;
    if (!step || step.state === 'done') return;
    step.reason = reason.slice(0, 400);
    step.reasonAt = at.slice(0, 30);
    this.show();
  }
}

/** Workflow time, ISO 8601 UTC with milliseconds. */
export function now(): string {
  return new Date().toISOString();
}

function updateId(): { readonly updateId?: string } {
  const id = currentUpdateInfo()?.id;
  return id ? { updateId: id } : {};
}
