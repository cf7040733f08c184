/** How the details stand on the UI's page (2.54: blackfriday, hardly a style sheet), and where they lead. */
import { type RunState, type RunView, searchAttributeNames } from '../src/model/run.ts';

/**
 * One line for each row `| tier | state | steps | why |`: the UI has half a page for the details, and sets the columns of
 * a table without a gap between them.
 */
export function tierLines(rows: readonly string[]): readonly string[] {
  return ['Tiers (all times are UTC):', '', ...rows.map(line)];
}

function line(row: string): string {
  const [, tier = '', state = '', steps = '', ...rest] = row.split('|').map((text) => text.trim());
  if (state === 'empty') return `- ${tier}: no steps`;
  // 2/3 would be set as a fraction.
  const count = steps.replace(/(\d+)\/(\d+)/, '$1 of $2');
  // What is held has said why further up.
  const why = state === 'held' ? '' : rest.join('|').replace(/\|$/, '');
  const word = state === 'held' || state === 'running' ? `**${state}**` : state;
  return `- ${tier}: ${word}, ${count}${why ? ` · ${why}` : ''}`;
}

/** The UI puts the namespace in by itself. */
function listLink(text: string, attribute: string, value: string): string {
  const query = encodeURIComponent(`${attribute}="${value}"`);
  return `[${text}](/namespaces/{namespace}/workflows?query=${query})`;
}

const inState = (text: string, state: RunState): string => listLink(text, searchAttributeNames.state, state);

/** How to decide, where somebody must. */
export function decideLines(view: RunView): readonly string[] {
  const example = exampleOf(view);
  return example ? [`To decide: _More Actions_, _Send an Update_, ${example}`, ''] : [];
}

/** The lists that this run stands in. */
export function footer(view: RunView): readonly string[] {
  const ofSite =
    view.site === undefined ? [] : [listLink(`runs of ${view.site}`, searchAttributeNames.site, view.site)];
  const lists = [...ofSite, inState('held', 'held'), inState('awaiting approval', 'awaiting-approval')];
  return [`Lists: ${lists.join(' · ')}`];
}

function exampleOf({ holds, awaitingApprovalSince, paused, standsUntil }: RunView): string | undefined {
  const [hold] = holds;
  const signed = JSON.stringify({ by: 'your name', reason: 'why' });
  if (hold) return `\`retryStep\`: \`${JSON.stringify({ step: hold.step, by: 'your name', reason: 'why' })}\``;
  if (paused) return `\`resume\`: \`${signed}\``;
  if (awaitingApprovalSince) return `\`approve\`: \`${signed}\``;
  if (standsUntil) return `\`cleanUp\`: \`${signed}\``;
  return undefined;
}
