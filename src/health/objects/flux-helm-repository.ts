import type { KindRule } from '../assess.ts';
import { fluxSource } from '../flux.ts';

/** A repository of charts that Flux reads; the rule is in flux.ts. */
export const fluxHelmRepository: KindRule = fluxSource('HelmRepository', ['URLInvalid']);
