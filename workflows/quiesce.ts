import type { QuiesceReport } from '../src/model/report.ts';
import type { Outcome } from '../src/model/run.ts';
import { failedWith, RunFailed } from './failed.ts';
import { calls, putsBack } from './proxies.ts';
import { now } from './clock.ts';
import type { Run } from './run.ts';

/** What stands in the way of stopping something is held and retried under this name. */
const quiesceName = 'quiesce';

/** Stops what the plan quiesces, once, before the first tier. Held where something stands in the way: nothing was stopped then. */
export async function quiesceSite(run: Run): Promise<void> {
  const { known } = run;
  // A plan of an old history has no such section: it makes no command.
  if (!known.plan.quiesce?.length || !known.run || known.quiesced) return;
  for (;;) {
    await run.unpaused();
    try {
      const { list } = run.take(await calls.quiesceSite({ run: known.run }));
      known.quiesced = list;
      return;
    } catch (error) {
      const { reason, message, type } = failedWith(error);
      if (type === 'NotOurs' || known.request.onFailure === 'abort')
        throw new RunFailed({ reason, message: `${quiesceName}: ${message}`, ...(type ? { type } : {}) });
      await run.hold({ step: quiesceName, since: now(), reason, message });
    }
  }
}

/** Puts back what was stopped, however the run ended; what could not be is an exception, and no plain success any more. */
export async function putBack<Ended extends { readonly outcome: Outcome; readonly because?: string }>(
  run: Run,
  ended: Ended,
): Promise<Ended> {
  const { record } = run;
  if (!record?.run || !record.plan.quiesce?.length) return ended;
  const left: string[] = [];
  try {
    const { list, total, left: count } = run.take(await putsBack.putBack({ run: record.run }));
    record.quiesced = list;
    left.push(...list.flatMap(lineOf));
    if (count > left.length) left.push(`${count} of ${total} quiesced objects were not put back`);
  } catch (error) {
    const why = failedWith(error).message;
    left.push(`what was quiesced was not put back: ${why}; \`rekindle put-back ${record.plan.site}\` does it`);
  }
  record.exceptions.push(...left);
  const [first] = left;
  if (first === undefined || ended.outcome !== 'recovered') return ended;
  return { ...ended, outcome: 'recovered-with-exceptions', because: first };
}

function lineOf({ kind, namespace, name, state, why }: QuiesceReport): readonly string[] {
  if (state !== 'left quiesced') return [];
  return [
    `${kind} ${namespace === '' ? '' : `${namespace}/`}${name} was left quiesced: ${why ?? 'it could not be put back'}`,
  ];
}
