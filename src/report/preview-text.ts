/** What is said of a preview in every form. Pure. */
import type { Fate, Preview, PreviewQuiesced } from '../model/preview.ts';
import { count } from './text.ts';

/** What a verdict means, in a sentence for somebody who was not there. */
export const verdictMeaning: { readonly [V in Preview['verdict']]: string } = {
  clear: 'nothing stands in the way',
  warnings: 'the run would begin; read the warnings first',
  blocked: 'the run would be held until what blocks it is settled',
};

/** What a fate means for an object of the Backup. */
export const fateMeaning: { readonly [F in Fate]: string } = {
  restored: 'restored by a step',
  inTheWay: 'in the way: one of that name is there already',
  there: 'restored by this recovery before',
  usual: 'every namespace has one of its own',
  platform: 'came with the cluster',
  derived: 'made anew by its owner',
  excluded: 'never restored, by rule',
  ignored: "listed under the plan's ignore",
  leftOver: 'of no step',
};

/** `3 Service, 1 Secret`. */
export function kindsText(kinds: { readonly [kind: string]: number }): string {
  return Object.entries(kinds)
    .map(([kind, number]) => `${number} ${kind}`)
    .join(', ');
}

/** `2 block, 1 warning`. */
export function findingsText({ findings }: Preview): string {
  const of = (severity: 'block' | 'warn'): number => findings.filter((finding) => finding.severity === severity).length;
  return `${of('block')} in the way, ${count(of('warn'), 'warning')}`;
}

/** When an object would be stopped. */
export function quiescedText({ how, step }: PreviewQuiesced): string {
  if (how === 'was already') return 'is stopped already: left alone, also at the end';
  return step === undefined ? 'before the first tier' : `${how}, by step ${step}`;
}
