import { cnpgApplied } from '../cnpg.ts';

/** Applied in its cluster. Source: CloudNativePG 1.30, api/v1/publication_types.go PublicationStatus. */
export const cnpgPublication = cnpgApplied('Publication');
