import { mariadbDeclared } from '../mariadb.ts';

/** Made in its server: it may be empty. Source: mariadb-operator 26.6, api/v1alpha1/database_types.go. */
export const mariadbDatabase = mariadbDeclared('Database');
