import { mariadbComplete } from '../mariadb.ts';

/** Its job has succeeded: the data is in its server. Source: mariadb-operator 26.6, api/v1alpha1/restore_types.go. */
export const mariadbRestore = mariadbComplete('Restore');
