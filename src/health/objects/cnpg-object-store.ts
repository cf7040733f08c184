import { existing } from '../exists.ts';
import { fieldsAt, textAt } from '../read.ts';

/**
 * Where backups and WAL go. Its status is of the backups, server by server, and empty until there is one: whether the store can be
 * written shows in its clusters' ContinuousArchiving. Source: CloudNativePG plugin barman-cloud 0.14, api/v1/objectstore_types.go.
 */
export const cnpgObjectStore = existing('barmancloud.cnpg.io', 'ObjectStore', (object) => {
  const windows = Object.entries(fieldsAt(object, 'status', 'serverRecoveryWindow'));
  const told = windows.map(
    ([server, window]) => `${server} from ${textAt(window, 'firstRecoverabilityPoint') ?? 'no point yet'}`,
  );
  return told.length === 0 ? 'no backup in it yet' : `can restore ${told.join(', ')}`;
});
