import { cnpgApplied } from '../cnpg.ts';

/** Applied in its cluster. Source: CloudNativePG 1.30, api/v1/databaserole_types.go DatabaseRoleStatus. */
export const cnpgDatabaseRole = cnpgApplied('DatabaseRole');
