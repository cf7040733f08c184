import { mariadbDeclared } from '../mariadb.ts';

/** Granted in its server. Source: mariadb-operator 26.6, api/v1alpha1/grant_types.go. */
export const mariadbGrant = mariadbDeclared('Grant');
