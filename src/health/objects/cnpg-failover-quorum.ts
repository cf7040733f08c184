import { existing } from '../exists.ts';
import { textAt } from '../read.ts';

/**
 * What the primary notes of its synchronous standbys, for the operator alone: emptied and filled again at will. Source:
 * CloudNativePG 1.30, api/v1/failoverquorum_types.go.
 */
export const cnpgFailoverQuorum = existing(
  'postgresql.cnpg.io',
  'FailoverQuorum',
  (object) => `noted by ${textAt(object, 'status', 'primary') ?? 'no primary yet'}`,
);
