import { mariadbDeclared } from '../mariadb.ts';

/** A server outside the cluster has answered. Source: mariadb-operator 26.6, api/v1alpha1/external_mariadb_types.go. */
export const mariadbExternal = mariadbDeclared('ExternalMariaDB');
