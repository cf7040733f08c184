/**
 * What looks like a credential in a plan. A plan is carried by the run's history and its ledger, so nothing secret may
 * stand in it; a reference to a variable of the pod (`$PGPASSWORD`) is no secret.
 */
const secretWord =
  '(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|client[_-]?secret|credentials?)';

/** After `=` or `:`; not a variable, a template or a placeholder. */
const literal = String.raw`["']?(?![\s"'$<{*]|\\\$)[^\s"']`;

// Every repetition is bounded or cannot be entered twice: a plan of 256 KiB of one letter must not stop a worker.
const patterns: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'a private key', pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/ },
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  {
    what: 'a token',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{30}|github_pat_\w{22}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10})/,
  },
  { what: 'a token', pattern: /\b(?:npm_[A-Za-z0-9]{30}|hvs\.[\w-]{20}|sk_live_\w{16}|AIza[\w-]{35})/ },
  { what: 'a token', pattern: /\beyJ[\w-]{8,2000}\.[\w-]{8,2000}\.[\w-]{8}/ },
  { what: 'an authorization header', pattern: /\b(?:Bearer|Basic)\s{1,9}(?!\$)[A-Za-z0-9._~+/-]{12}/ },
  { what: 'a URL with a password', pattern: /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,200}:(?![$<{])[^\s/@]{1,500}@/i },
  {
    what: 'a password or key',
    pattern: new RegExp(String.raw`(?<![a-z])${secretWord}\s{0,9}(?:=|:\s)\s{0,9}${literal}`, 'i'),
  },
  {
    what: 'a password or key',
    pattern: new RegExp(String.raw`(?:PASSWORD|SECRET|TOKEN|AWS_[A-Z_]{0,40}KEY)\s{0,9}=\s{0,9}${literal}`),
  },
  {
    what: 'a password',
    pattern: /\b(?:mysql|mariadb)(?:admin|dump|-admin|-dump)?\b[^|;&]{0,500}\s-p(?!["']?\$)[^\s$"'-]/,
  },
];

const secretKey = new RegExp(`${secretWord}$`, 'i');
const secretFlag = new RegExp(`^--?(?:[a-z0-9]{1,40}-){0,5}(?:${secretWord}|pass)$`, 'i');

/** What kind of credential a text seems to hold; undefined when none. */
export function credentialIn(text: string): string | undefined {
  return patterns.find(({ pattern }) => pattern.test(text))?.what;
}

/** Whether a text must not be shown. */
export function looksLikeCredential(text: string): boolean {
  return credentialIn(text) !== undefined;
}

/** Whether a value under this key is a credential by its key's name: `password`, `apiKey`, `client-secret`. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key);
}

/** Index of the argument of a command that is a credential by the flag before it, or by the program's habit. */
export function credentialArgument(argv: readonly unknown[]): number | undefined {
  for (const [i, argument] of argv.entries()) {
    const before = argv[i - 1];
    if (typeof argument !== 'string' || argument === '' || argument.includes('$')) continue;
    if (typeof before === 'string' && secretFlag.test(before) && !argument.startsWith('-')) return i;
    if (/^-p[^-]/.test(argument) && /(?:^|\/)(?:mysql|mariadb)/.test(String(argv[0]))) return i;
    if (before === '-a' && /(?:^|\/)redis-cli$/.test(String(argv[0]))) return i;
  }
  return undefined;
}

/** Whether a text holds the manifest of a Secret. */
export function holdsSecretManifest(text: string): boolean {
  return (
    /^[ \t]{0,40}kind:[ \t]{1,40}["']?Secret["']?[ \t\r]{0,9}$/m.test(text) ||
    /"kind"\s{0,9}:\s{0,9}"Secret"/.test(text)
  );
}
