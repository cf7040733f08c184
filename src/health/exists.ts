import type { KubeObject } from '../kube/types.ts';
import { healthy } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';

/**
 * The rule of a kind that is only read: its schema has a status, which nobody fills, or which tells of something else than
 * whether the object is well. It is good once it is there; `tells` adds what its status says.
 */
export function existsRule(
  group: string,
  kind: string,
  tells: (object: KubeObject) => string = () => 'nothing ever fills its status',
): KindRule {
  return { group, kind, assess: (object) => healthy('Exists', tells(object)) };
}
