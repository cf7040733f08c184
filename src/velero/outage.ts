import type { ResultTexts } from './results.ts';

/** A request to the API server, as client-go quotes it in its errors: `Post "https://10.96.0.1:443/apis/apps/v1/…": dial tcp …`. */
const request = /\b(?:Get|Post|Put|Patch|Delete) \\?"https?:\/\/[^/"]+\/(?:apis?|version)\b[^"]*": /;
const silence =
  /connection refused|connection reset by peer|\bEOF\b|i\/o timeout|TLS handshake timeout|client connection lost|no route to host|network is unreachable|broken pipe/;
/** What the API server itself says while its database is away, or while it begins or ends. */
const words =
  /etcdserver: |dial tcp \S+:2379|the server is currently unable to handle the request|server is shutting down|apiserver not ready|the server was unable to return a response in the time allotted/;

/**
 * Whether errors of a Restore say only that the API server did not answer: nothing was decided about any object, so the same
 * Restore once more is all that a person could order. A webhook that does not answer is another matter: it has its own step.
 */
export function isOutage(errors: readonly ResultTexts[]): boolean {
  const texts = errors.flatMap((one) => one.texts);
  return texts.length > 0 && texts.every(saysOutage);
}

function saysOutage(text: string): boolean {
  if (text.includes('webhook')) return false;
  return words.test(text) || (request.test(text) && silence.test(text));
}
