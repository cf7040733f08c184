import { mariadbDeclared } from '../mariadb.ts';

/** Its server has answered with these credentials. Source: mariadb-operator 26.6, api/v1alpha1/connection_types.go. */
export const mariadbConnection = mariadbDeclared('Connection');
