import { durationPattern } from '../model/duration.ts';
import { isSchema, planJsonSchema, type JsonSchema } from './json-schema.ts';
import type { PlanLanguage } from './language.ts';

const beginning = `<!-- Made by \`npm run schema\` from the schema that validates plans. Edit src/plan, not this page. -->

# The plan, key by key

A plan is one YAML file, \`plans/<name>.yaml\`, of at most 256 KiB.
\`rekindle validate <name>\` says what is wrong with it, with file, line and column, and touches no cluster.
With this as its first line an editor completes it:

\`\`\`yaml
# yaml-language-server: $schema=plan.schema.json
\`\`\`

- Unknown keys are errors, with the nearest known one.
- A duration is whole numbers with a unit, the largest first: \`500ms\`, \`90s\`, \`15m\`, \`1h30m\`, \`7d\`.
- A step has exactly one driver key, a check exactly one check key.
- \`dependsOn\` names steps of the same tier, without a cycle: the tiers have their order already.
- A plan has at least one step. A velero step in a tier without a filter of its own says what it restores.
- \`asserts: data\` stands only on a check that says what it expects, as an empty table also answers a count.
- A plan holds no credentials: \`kind: Secret\` with its content, passwords, tokens, keys and URLs with a password are refused, in comments too.
- \`source\`, \`before\` and \`after\` are reserved for later versions.
`;

/** The reference page of the plan language, in Markdown: made from the schema, so that it cannot say something else. */
export function planReference(language: PlanLanguage): string {
  const root = planJsonSchema(language);
  const definitions = asSchema(root.definitions);
  const step = asSchema(definitions['step']);
  const check = asSchema(definitions['check']);
  const drivers = Object.keys(language.drivers);
  const checks = Object.keys(language.checks);
  return [
    beginning,
    section('## The file', '', root, []),
    section('## A step', `One of ${code(drivers)} and:`, step, drivers),
    section('## A check', `One of ${code(checks)} and:`, check, checks),
    ...drivers.map((name) => section(`## Driver \`${name}\``, tiersOf(language, name), keyOf(step, name), [])),
    ...checks.map((name) => section(`## Check \`${name}\``, dataOf(language, name), keyOf(check, name), [])),
  ].join('\n');
}

function tiersOf(language: PlanLanguage, name: string): string {
  return `May stand in: ${language.drivers[name]?.tiers.join(', ') ?? ''}.`;
}

function dataOf(language: PlanLanguage, name: string): string {
  return language.checks[name]?.expectsData === undefined
    ? 'Cannot assert data.'
    : 'With an expectation it may say `asserts: data`.';
}

function section(title: string, text: string, schema: JsonSchema, without: readonly string[]): string {
  const about = [text, schema.description ?? ''].filter((line) => line !== '').join('\n\n');
  const rows = rowsOf(schema, '', without);
  const table = ['| key | value | |', '| --- | --- | --- |', ...rows].join('\n');
  return `${title}\n\n${about === '' ? '' : `${about}\n\n`}${rows.length === 0 ? '' : `${table}\n`}`;
}

/** A row for each key, those inside it after it. */
function rowsOf(schema: JsonSchema, prefix: string, without: readonly string[]): string[] {
  return branchesOf(schema).flatMap((branch) =>
    Object.entries(branch.properties ?? {}).flatMap(([key, value]) => {
      if (without.includes(key)) return [];
      const inner = asSchema(value);
      const isRequired = branch.required?.includes(key) === true;
      const about = `${isRequired ? '**Required.** ' : ''}${inner.description ?? ''}`;
      const row = `| \`${prefix}${key}\` | ${typeOf(inner)} | ${cell(about)} |`;
      const items = branchesOf(inner).flatMap((part) => (isSchema(part.items) ? [part.items] : []));
      const suffix = items.length > 0 ? '[].' : '.';
      return [row, ...[inner, ...items].flatMap((part) => rowsOf(part, `${prefix}${key}${suffix}`, []))];
    }),
  );
}

/** What may stand for a value, in words. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `a [${nameOf(schema.$ref)}](#a-${nameOf(schema.$ref)})`;
  const branches = branchesOf(schema);
  if (branches.length > 1 || branches[0] !== schema) {
    return [...new Set(branches.filter(({ type }) => type !== 'null').map(typeOf))].join(' or ');
  }
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return code(schema.enum.map(String));
  if (schema.pattern === durationPattern.source) return 'duration';
  const type = typeNameOf(schema);
  if (type === 'array') return `list of ${isSchema(schema.items) ? typeOf(schema.items) : 'anything'}`;
  const words: { readonly [type: string]: string } = {
    string: 'text',
    boolean: 'true or false',
    object: 'mapping',
    integer: 'whole number',
  };
  return type === undefined ? 'anything' : (words[type] ?? type);
}

/** The type beside `null`, which only means that the key may stand without a value. */
function typeNameOf({ type }: JsonSchema): string | undefined {
  const names: unknown[] = Array.isArray(type) ? type : [type];
  return names.find((name) => typeof name === 'string' && name !== 'null')?.toString();
}

function branchesOf(schema: JsonSchema): JsonSchema[] {
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema);
  const own = branches.filter(
    (branch) =>
      branch.type !== undefined || branch.$ref !== undefined || branch.enum !== undefined || branch.const !== undefined,
  );
  return own.length > 0 ? own.flatMap(branchesOf) : [schema];
}

function keyOf(schema: JsonSchema, key: string): JsonSchema {
  return asSchema(schema.properties?.[key]);
}

function asSchema(value: unknown): JsonSchema {
  return isSchema(value) ? value : {};
}

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();
