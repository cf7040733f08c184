import { mariadbComplete } from '../mariadb.ts';

/** Its job has succeeded, or it is scheduled. Source: mariadb-operator 26.6, api/v1alpha1/sqljob_types.go. */
export const mariadbSqlJob = mariadbComplete('SqlJob');
