/** From what was typed to a Temporal Schedule. Pure. */
import type { ScheduleOptions } from '@temporalio/client';
import { drillSiteType, recoverSiteType, taskQueue } from '../../model/run.ts';
import { formatDuration, parseDuration } from '../../model/duration.ts';
import { CliError } from '../cli-error.ts';

/** What a Schedule starts. */
export const scheduledKinds = ['drill', 'look', 'recovery'] as const;
export type ScheduledKind = (typeof scheduledKinds)[number];

/** The options of `rekindle schedule create`, as they were typed. */
export interface CreateOptions {
  readonly what: ScheduledKind;
  readonly every?: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly jitter: string;
  readonly catchUp: string;
  readonly paused?: boolean;
  readonly note?: string;
  readonly id?: string;
}

/** Names under which a Schedule says what it is, in its memo. */
export const scheduleMemo = { plan: 'rekindlePlan', what: 'rekindleWhat', when: 'rekindleWhen' } as const;

const hourMs = 3_600_000;
const longestMs = 366 * 24 * hourMs;
// Temporal raises anything below to this.
const shortestCatchUpMs = 10_000;

const summaries: { readonly [Kind in ScheduledKind]: (plan: string) => string } = {
  drill: (plan) => `rehearses plan ${plan} on its drill cluster`,
  look: (plan) => `looks at what plan ${plan} would do, restores nothing`,
  recovery: (plan) => `recovers by plan ${plan}`,
};

/** Builds the Schedule. Throws a CliError where the options make no sense. */
export function scheduleOf(plan: string, options: CreateOptions) {
  const when = whenOf(options);
  const { what } = options;
  if (what === 'recovery' && when.text !== undefined)
    throw new CliError(
      'a recovery is not started by a clock: leave out --every and --cron, and the Schedule is a button, by its Trigger in the UI or `rekindle schedule trigger`',
    );
  if (what !== 'recovery' && when.text === undefined && !options.paused)
    throw new CliError('say when: --every 7d, or --cron "0 3 * * 6"; or --paused, for a button that a person presses');
  const text = when.text ?? 'by hand only';
  const jitter = when.text === undefined ? {} : { jitter: milliseconds('--jitter', options.jitter, 0, longestMs) };
  const catchupWindow = milliseconds('--catch-up', options.catchUp, shortestCatchUpMs, longestMs);
  return {
    scheduleId: options.id ?? `rekindle-${what}-${plan}`,
    spec: { ...when.spec, ...jitter },
    action: { ...actionOf(plan, what) },
    // One that is still open is no reason for a second one beside it.
    policies: { overlap: 'SKIP', catchupWindow },
    state: { paused: options.paused ?? false, note: options.note ?? `${summaries[what](plan)}, ${text}` },
    memo: { [scheduleMemo.plan]: plan, [scheduleMemo.what]: what, [scheduleMemo.when]: text },
  } satisfies ScheduleOptions;
}

/** Nobody is there when the clock starts a run: what fails ends it. Whoever presses a button for a recovery is there. */
function actionOf(plan: string, what: ScheduledKind) {
  const common = { type: 'startWorkflow', taskQueue, staticSummary: summaries[what](plan) } as const;
  switch (what) {
    case 'drill':
      return {
        ...common,
        workflowType: drillSiteType,
        workflowId: `drill-${plan}`,
        args: [{ plan, onFailure: 'abort' }],
      };
    case 'look':
      return {
        ...common,
        workflowType: recoverSiteType,
        workflowId: `look-${plan}`,
        args: [{ plan, planOnly: true }],
      };
    case 'recovery':
      return { ...common, workflowType: recoverSiteType, workflowId: `recover-${plan}`, args: [{ plan }] };
  }
}

/** The times, and how a person reads them; no text where there are none. */
function whenOf({ every, cron, timezone }: CreateOptions) {
  if (every !== undefined && cron !== undefined) throw new CliError('--every and --cron exclude one another');
  if (timezone !== undefined && cron === undefined)
    throw new CliError('--timezone belongs to --cron: an interval has no time of day');
  if (every !== undefined) {
    const ms = milliseconds('--every', every, hourMs, longestMs);
    return { spec: { intervals: [{ every: ms }] }, text: `every ${formatDuration(ms)}` };
  }
  if (cron === undefined) return { spec: {} };
  checkCron(cron);
  const zone = timezone === undefined ? {} : { timezone: knownZone(timezone) };
  return { spec: { cronExpressions: [cron], ...zone }, text: `cron ${cron}${timezone ? ` (${timezone})` : ''}` };
}

function checkCron(cron: string): void {
  const fields = cron.trim().split(/\s+/);
  const wrong = fields.find((field) => !/^[0-9A-Za-z*,/?-]+$/.test(field));
  if (fields.length !== 5 || wrong !== undefined)
    throw new CliError(
      `--cron ${JSON.stringify(cron)} is not a time: five fields, minute hour day month weekday, as "0 3 * * 6" (Saturdays at three)`,
    );
}

function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw new CliError(`--timezone ${JSON.stringify(zone)} is no time zone: write it as Europe/Berlin or UTC`);
  }
}

function milliseconds(option: string, text: string, least: number, most: number): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new CliError(`${option} ${JSON.stringify(text)}: write a duration, as 90s, 15m or 7d`);
  if (ms < least || ms > most)
    throw new CliError(`${option} ${text}: it must be ${formatDuration(least)} to ${formatDuration(most)}`);
  return ms;
}
