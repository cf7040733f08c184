/** Names whose values are credentials, wherever in a longer name they end: `AWS_SECRET_ACCESS_KEY`, `db-password`. */
const names =
  '(?:password|passwd|passphrase|pass phrase|pass|pwd|(?<![a-z])pw|secret|token|authorization|credentials?|(?:api|access|secret|secret[_-]?access|private|account|encryption|signing|master)[_-]?key(?:[_-]?id)?)';

/** Between a name and its value; the text may be JSON inside JSON. */
const quote = String.raw`\\*["']?`;

/** A value to its end. */
const value = String.raw`[^\s"',;<>\\]+`;

/** A value that is more than a word of a sentence: it has a digit. */
const mixed = String.raw`(?=[^\s"',;<>\\)]*\d)[^\s"',;<>\\)]{6,}`;

// No repetition may be entered twice at the same place: an engine's error can be long.
const rules: readonly (readonly [RegExp, string])[] = [
  // user:password@ in an address, also without a user
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@:]*:[^\s/@]+@/gi, '$1***@'],
  // the signature and credential of a signed S3 or Azure address
  [/(\b(?:X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature|sig|token)=)[^\s&"']+/gi, '$1***'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***'],
  [new RegExp(`(${names}${quote}\\s*=\\s*${quote})${value}`, 'gi'), '$1***'],
  // With a colon, unless it ends the name of an object: `Deployment shop/no-secret: 0 of 1 replicas available`
  [new RegExp(`(?=${names})(?<!\\/[a-z0-9.-]{0,253})(${names}${quote}\\s*:\\s*${quote})${value}`, 'gi'), '$1***'],
  // In a sentence: `password "x"`, `with password hunter22`, `token is a1b2c3d4`. A Secret's name stands so too, and stays.
  [/\b((?:password|passwd|passphrase)\s+\(?(["'`]))[^"'`]+\2/gi, '$1***$2'],
  [
    new RegExp(
      `\\b((?:password|passwd|passphrase|token|api ?key|access key|secret key)\\s+(?:is |was )?)${mixed}`,
      'gi',
    ),
    '$1***',
  ],
  // Arguments of a command: `--password x`, `mysql -px`, `redis-cli -a x`
  [new RegExp(`(--?[a-z-]{0,40}${names}\\s+["']?)(?!-)${value}`, 'gi'), '$1***'],
  [/(\b(?:mysql|mariadb)[\w-]{0,20}\b[^|;&]{0,300}?\s-p)[^\s"',;]+/gi, '$1***'],
  [/(\bredis-cli\b[^|;&]{0,300}?\s-a\s+)[^\s"',;]+/gi, '$1***'],
  // What S3 servers answer with
  [/(<(\w{0,40}(?:secret|token|password|signature|accesskey)\w{0,40})>)[^<]+/gi, '$1***'],
  // The API server quotes what it refuses
  [/(\bSecret "[^"]{0,253}" is invalid: ).+/gis, '$1***'],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, '***'],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,})/g, '***'],
  [/\b(?:npm_[A-Za-z0-9]{30,}|hvs\.[\w-]{16,}|sk_live_\w{16,}|AIza[\w-]{30,})/g, '***'],
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
