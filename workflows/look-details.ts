import type { LookedOnly } from '../src/model/look.ts';
import { bytesOf, cut, limit } from './details.ts';

const verdicts: { readonly [V in LookedOnly['verdict']]: string } = {
  clear: 'nothing is in the way',
  warnings: 'nothing blocks, but read the warnings',
  blocked: '**a run would be held**',
};

/** The page of a run that only looked, at most 2 KB of Markdown. */
export function lookDetails(looked: LookedOnly): string {
  for (const [findings, length] of [
    [8, 200],
    [4, 120],
    [1, 80],
  ] as const) {
    const text = render(looked, findings, length);
    if (bytesOf(text) <= limit) return text;
  }
  return cut(render(looked, 0, 0), limit / 4);
}

function render(looked: LookedOnly, most: number, length: number): string {
  const { plan, site, cluster, backup, verdict, findings, findingsCut, fates } = looked;
  const shown = findings.slice(0, most);
  const more = findings.length + findingsCut - shown.length;
  return [
    '**Only looked. Nothing was restored.**',
    '',
    `Plan ${plan}: site ${site} → ${cluster}${backup ? `, Backup ${backup}` : ''}: ${verdicts[verdict]}.`,
    '',
    ...shown.map(({ severity, message }) => `- ${severity}: ${cut(message.replaceAll('\n', ' '), length)}`),
    ...(more > 0 ? [`- and ${more} more in the result`] : []),
    '',
    `${fates.restored} objects would be restored, ${fates.inTheWay} are in the way, ${fates.leftOver} are left over.`,
    '',
    `To restore: Start Workflow, task queue \`rekindle\`, type \`recoverSite\`, input \`{"plan": "${plan}"}\`.`,
  ].join('\n');
}
