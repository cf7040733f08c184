import type { KindRule } from '../assess.ts';
import { fluxSource } from '../flux.ts';

/** A chart that Flux has built; the rule is in flux.ts. */
export const fluxHelmChart: KindRule = fluxSource('HelmChart', ['URLInvalid', 'UnsupportedSourceKind']);
