const rules: readonly (readonly [RegExp, string])[] = [
  // user:password@ in an address
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, '$1***@'],
  // the signature and credential of a signed S3 address
  [/([?&](?:X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature|sig|token)=)[^\s&"']+/gi, '$1***'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  [
    /\b((?:[a-z]\w*)?(?:password|passwd|pwd)|pass|\w*secret|\w*token|api[_-]?key|access[_-]?key)(["']?\s*=\s*["']?)[^\s"',;]+/gi,
    '$1$2***',
  ],
  // With a colon, unless it ends the name of an object: `Deployment shop/no-secret: 0 of 1 replicas available`
  [
    /(?<!\/[a-z0-9.-]*)\b((?:[a-z]\w*)?(?:password|passwd|pwd)|pass|\w*secret|\w*token|api[_-]?key|access[_-]?key)(["']?\s*:\s*["']?)[^\s"',;]+/gi,
    '$1$2***',
  ],
  [/\bAKIA[0-9A-Z]{16}\b/g, '***'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '***'],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+/g, '***'],
];

/** Takes what looks like a credential out of a text that goes into a history, a log or a report. */
export function redact(text: string): string {
  let out = text;
  for (const [pattern, replacement] of rules) out = out.replace(pattern, replacement);
  return out;
}

/** Redacted and cut to a length that a history can bear. */
export function forHistory(text: string, length = 1000): string {
  const clean = redact(text);
  return clean.length <= length ? clean : `${clean.slice(0, length - 1)}…`;
}
