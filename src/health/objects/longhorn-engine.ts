import { degraded, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { instanceVerdict, restoreVerdict } from '../longhorn.ts';
import { after, fieldsAt, textAt } from '../read.ts';

/** Runs with every replica to read and to write, or is stopped as it shall be. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/engine.go EngineStatus, ReplicaMode. */
export const longhornEngine: KindRule = {
  group: 'longhorn.io',
  kind: 'Engine',
  assess(object) {
    const instance = instanceVerdict(object);
    if (instance.reason !== 'Running' || instance.verdict !== 'Healthy') return instance;
    const restoring = restoreVerdict(object);
    if (restoring !== undefined) return restoring;
    const modes = Object.entries(fieldsAt(object, 'status', 'replicaModeMap'));
    const of = (mode: string): readonly string[] => modes.flatMap(([name, is]) => (is === mode ? [name] : []));
    if (of('ERR').length > 0) return degraded('ReplicaError', `cannot use replica ${of('ERR').join(', ')}`);
    if (modes.length === 0) return progressing('NoReplica', 'runs and has no replica yet');
    if (of('RW').length < modes.length)
      return progressing('Rebuilding', `${of('RW').length} of ${modes.length} replicas in sync`);
    const expansion = textAt(object, 'status', 'lastExpansionError');
    if (expansion !== undefined) return degraded('ExpansionError', `cannot be made larger${after(expansion)}`);
    return { ...instance, message: `runs with ${modes.length} replicas in sync` };
  },
};
