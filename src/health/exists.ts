import type { KubeObject } from '../kube/types.ts';
import { healthy } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';

/**
 * The rule of a kind whose schema has a status in which nobody ever writes whether it is well: it is there or it is not.
 * `tells` adds what its status does say.
 */
export function existing(
  group: string,
  kind: string,
  tells: (object: KubeObject) => string = () => 'its status says nothing of its health',
): KindRule {
  return { group, kind, assess: (object) => healthy('Exists', tells(object)) };
}
