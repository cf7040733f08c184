import { isScalar, Lexer, visit } from 'yaml';
import { credentialArgument, credentialIn, holdsSecretManifest, isSecretKey } from './credentials.ts';
import { pathOf, type Placed, type PlanDocument } from './document.ts';
import type { PlanPath } from './language.ts';

const instead =
  'a plan is kept in histories and reports; leave it in a Secret of the site and use the variable of the pod, as $PGPASSWORD in [sh, -c, …]';

/** Credentials and inline Secrets, wherever they stand: in values, keys, commands, comments. Never shows them. */
export function secretFaults(text: string, plan: PlanDocument): Placed[] {
  const faults = [...inValues(plan), ...inComments(text, plan)];
  const seen = new Set<string>();
  return faults.filter(({ position }) => {
    const place = `${position.line}`;
    return !seen.has(place) && seen.add(place);
  });
}

function inValues(plan: PlanDocument): Placed[] {
  const faults: Placed[] = [];
  const add = (offset: number | undefined, path: PlanPath, message: string): void => {
    faults.push({ position: plan.positionAt(offset ?? 0), path, message });
  };
  visit(plan.document, {
    Map: (_key, map, ancestors) => {
      const keys = map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''));
      const isInline =
        map.get('kind') === 'Secret' && keys.some((key) => ['data', 'stringData', 'type', 'metadata'].includes(key));
      if (isInline) add(map.range?.[0], pathOf([...ancestors, map]), `found a Secret with its content; ${instead}`);
    },
    Pair: (_key, pair, ancestors) => {
      if (!isScalar(pair.key) || !isScalar(pair.value)) return;
      const { value } = pair.value;
      const isLiteral =
        (typeof value === 'string' && value !== '' && !value.startsWith('$')) || typeof value === 'number';
      if (isLiteral && isSecretKey(String(pair.key.value)))
        add(pair.value.range?.[0], pathOf([...ancestors, pair]), `found a value under a credential's name; ${instead}`);
    },
    Seq: (_key, seq, ancestors) => {
      const argv = seq.items.map((item) => (isScalar(item) ? item.value : undefined));
      const index = credentialArgument(argv);
      const item = index === undefined ? undefined : seq.items[index];
      if (isScalar(item))
        add(item.range?.[0], pathOf([...ancestors, seq, item]), `found an argument that is a credential; ${instead}`);
    },
    Scalar: (key, scalar, ancestors) => {
      if (typeof scalar.value !== 'string') return;
      const what =
        credentialIn(scalar.value) ?? (holdsSecretManifest(scalar.value) ? 'the manifest of a Secret' : undefined);
      if (what === undefined) return;
      // A key's own text must not come back in the path.
      const parents = key === 'key' ? ancestors.slice(0, -1) : [...ancestors, scalar];
      add(scalar.range?.[0], pathOf(parents), `found what looks like ${what}; ${instead}`);
    },
  });
  return faults;
}

/** The run carries the plan's text, comments and all. */
function* inComments(text: string, plan: PlanDocument): Generator<Placed> {
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') continue; // marks of the lexer, not of the file
    const what = token.startsWith('#') ? credentialIn(token) : undefined;
    if (what !== undefined)
      yield {
        position: plan.positionAt(offset),
        path: [],
        message: `found what looks like ${what} in a comment; ${instead}`,
      };
    offset += token.length;
  }
}
