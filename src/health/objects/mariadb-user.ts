import { mariadbDeclared } from '../mariadb.ts';

/** Made in its server. Source: mariadb-operator 26.6, api/v1alpha1/user_types.go. */
export const mariadbUser = mariadbDeclared('User');
