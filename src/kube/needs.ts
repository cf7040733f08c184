import type { Access } from './types.ts';

/** Something that a run does in its cluster. */
export interface Need extends Access {
  /** Without it an act of the run fails, or a gate cannot judge. Absent: the run goes on, and knows or says less. */
  readonly vital?: true;
}

/** These verbs on a resource; without a namespace in all of them, or of a cluster-scoped kind. Pure. */
export function looks(group: string, resource: string, verbs: readonly string[], namespace?: string): Need[] {
  return verbs.map((verb) => ({ verb, group, resource, ...(namespace ? { namespace } : {}) }));
}

/** The same, of what a run cannot do without. Pure. */
export function acts(group: string, resource: string, verbs: readonly string[], namespace?: string): Need[] {
  return looks(group, resource, verbs, namespace).map((need) => ({ ...need, vital: true }));
}
