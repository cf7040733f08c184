import { listAt } from '../kube/read.ts';
import type { KubeObject } from '../kube/types.ts';
import type { BackupItem, FieldText } from '../model/backup.ts';
import { textAt } from './fields.ts';
import { podPaths } from './item-facts.ts';

/** The texts of an object that a mapping may replace, with their places. Pure. */
export function placeFacts(object: KubeObject): Pick<BackupItem, 'imagePlaces' | 'classPlaces'> {
  const pod = ['v1', 'apps/v1', 'batch/v1'].includes(object.apiVersion) ? podPaths[object.kind] : undefined;
  const images = pod
    ? ['containers', 'initContainers'].flatMap((list) => textsIn(object, [...pod, list], ['image']))
    : [];
  const classes =
    object.kind === 'StatefulSet'
      ? textsIn(object, ['spec', 'volumeClaimTemplates'], ['spec', 'storageClassName'])
      : [];
  return {
    ...(images.length > 0 ? { imagePlaces: images } : {}),
    ...(classes.length > 0 ? { classPlaces: classes } : {}),
  };
}

function textsIn(object: KubeObject, path: readonly string[], field: readonly string[]): FieldText[] {
  return listAt(object, ...path).flatMap((entry, index) => {
    const value = textAt(entry, ...field);
    return value ? [{ path: `/${[...path, index, ...field].join('/')}`, value }] : [];
  });
}
