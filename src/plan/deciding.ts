import { z } from 'zod';
import { samePerson } from '../model/approvers.ts';
import type { Approval, Plan } from '../model/plan.ts';
import { durationBetween } from './duration.ts';
import { isRaw, rawAt, type Raw } from './entries.ts';
import type { Fault } from './language.ts';
import { inMapping, show } from './words.ts';

/** An identity is compared letter by letter: a space that nobody sees would keep everybody out. */
const Name = z.string().regex(/^\S(?:.{0,198}\S)?$/, {
  error: (issue) => `found ${show(issue.input)}; a name has 1 to 200 characters and no spaces around it`,
});

/** A wait for people: 1 s to 30 days. */
const Patience = durationBetween(1_000, 30 * 86_400_000);

const ApproverEntry = z
  .union([
    Name,
    z.strictObject({
      name: Name.describe('What stands in the `by` of an approval.'),
      identity: Name.optional().describe(
        'The identity that the client of this approver sends (`user@host` from the command line); compared after the approval. Default: the name.',
      ),
    }),
  ])
  .describe('A name, or a mapping of name and identity.');

/** The plan's section `approval`: where a person decides, who may, how long that may take. */
export const ApprovalSection = z
  .strictObject(
    {
      beforePhaseTwo: z.boolean().optional().describe('Wait for an approval between the phases. Default false.'),
      approvers: z
        .array(ApproverEntry)
        .min(1)
        .max(50)
        .optional()
        .describe(
          'Who may approve: names, as they stand in `by`; spaces around them and the case of their letters do not matter. Without it anybody who reaches Temporal.',
        ),
      people: z.int().min(1).max(2).optional().describe('How many different people must approve. Default 1.'),
      trustStatedNames: z
        .boolean()
        .optional()
        .describe(
          'Required with `approvers` or two `people`. `true`: names are believed as stated, and the report says so. `false`: an approval is voided where the client of its caller sent another identity than listed. A client may send any: it proves something only where a proxy before Temporal sets it; an authorizer does not.',
        ),
      within: Patience.optional().describe('How long to wait for it. Without it for ever.'),
      then: z.enum(['abort', 'approve']).optional().describe('What happens when `within` is over. Default abort.'),
    },
    { error: inMapping('beforePhaseTwo', 'boolean') },
  )
  .nullish();

/** The plan's section `holds`. */
export const HoldsSection = z
  .strictObject(
    {
      within: Patience.describe('How long a hold may wait for a decision; then the run ends as failed.'),
    },
    { error: inMapping('within') },
  )
  .nullish();

/** The section with its defaults filled in; keys that are not written stay away. */
export function approvalOf(section: z.output<typeof ApprovalSection>): Approval {
  const { beforePhaseTwo = false, approvers, people, trustStatedNames, within, then } = section ?? {};
  return {
    beforePhaseTwo,
    ...(approvers === undefined ? {} : { approvers: approvers.map(approverOf) }),
    ...(people === undefined ? {} : { people }),
    ...(trustStatedNames === undefined ? {} : { trustStatedNames }),
    ...(within === undefined ? {} : { withinMs: within }),
    ...(then === undefined ? {} : { then }),
  };
}

/** The section as the run carries it; nothing where it is not written. */
export function holdsOf(section: z.output<typeof HoldsSection>): Pick<Plan, 'holds'> {
  return section ? { holds: { withinMs: section.within } } : {};
}

function approverOf(entry: z.output<typeof ApproverEntry>) {
  if (typeof entry === 'string') return { name: entry };
  const { name, identity } = entry;
  return { name, ...(identity === undefined ? {} : { identity }) };
}

/** The rules across the fields of `approval`. */
export function approvalFaults(plan: unknown): Fault[] {
  const path = ['spec', 'approval'];
  const approval = rawAt(plan, path);
  if (!isRaw(approval)) return [];
  const faults: Fault[] = [];
  const fault = (key: string, message: string) => faults.push({ path: [...path, key], message, atKey: true });
  const named = ['approvers', 'people', 'trustStatedNames', 'within', 'then'].filter(
    (key) => approval[key] !== undefined,
  );
  if (approval['beforePhaseTwo'] !== true && named[0] !== undefined)
    fault(named[0], 'found without an approval to apply to; write beforePhaseTwo: true beside it, or take it out');
  if (approval['then'] !== undefined && approval['within'] === undefined)
    fault('then', 'found without a time limit; write within: <duration> beside it, or take it out');
  const restricts = approval['approvers'] !== undefined || approval['people'] === 2;
  if (restricts && approval['trustStatedNames'] === undefined)
    faults.push({
      path,
      message:
        'says who may approve, and not how one is told from another; write trustStatedNames: true where no proxy before Temporal sets the identity of each call (anybody can state any name, and the report says so), or trustStatedNames: false where one does',
      atKey: true,
    });
  if (restricts && approval['then'] === 'approve')
    fault('then', 'found "approve", which would go round those who must approve; write abort, or take it out');
  if (approval['beforePhaseTwo'] === true && approval['trustStatedNames'] === false && !restricts)
    fault(
      'trustStatedNames',
      'found false, and everybody may approve alone; write approvers or people: 2 beside it, or take it out',
    );
  return [...faults, ...approverFaults(approval)];
}

/** The index of the first name that stands for somebody who was named before; -1 where there is none. */
function secondOfTwo(names: readonly unknown[]): number {
  return names.findIndex(
    (name, i) =>
      typeof name === 'string' &&
      names.slice(0, i).some((other) => typeof other === 'string' && samePerson(other, name)),
  );
}

function approverFaults({ approvers, people, trustStatedNames }: Raw): Fault[] {
  if (!Array.isArray(approvers)) return [];
  const path = ['spec', 'approval', 'approvers'];
  const names: readonly unknown[] = approvers.map((entry: unknown) => (isRaw(entry) ? entry['name'] : entry));
  const twice = secondOfTwo(names);
  if (twice >= 0) return [{ path: [...path, twice], message: `approver ${show(names[twice])} is listed twice` }];
  if (people !== 2) return [];
  const callers = approvers.map((entry: unknown, i) => {
    const identity = isRaw(entry) ? entry['identity'] : undefined;
    return identity ?? (trustStatedNames === true ? undefined : names[i]);
  });
  const same = secondOfTwo(callers);
  if (same >= 0) {
    const message = `identity ${show(callers[same])} is listed twice; two people need two callers`;
    return [{ path: [...path, same], message }];
  }
  if (names.length > 1) return [];
  return [{ path, message: 'found one approver, and two people must approve; list at least two', atKey: true }];
}
