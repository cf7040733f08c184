import { cnpgApplied } from '../cnpg.ts';

/** Applied in its cluster. Source: CloudNativePG 1.30, api/v1/database_types.go DatabaseStatus. */
export const cnpgDatabase = cnpgApplied('Database');
