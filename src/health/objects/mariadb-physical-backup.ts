import { mariadbComplete } from '../mariadb.ts';

/** Its job or its snapshots have succeeded, or it is scheduled (since 25.8). Source: mariadb-operator 26.6, api/v1alpha1/physicalbackup_types.go. */
export const mariadbPhysicalBackup = mariadbComplete('PhysicalBackup', ['JobFailed', 'SnapshotFailed']);
