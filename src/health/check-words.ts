import { z } from 'zod';

/** How a value is shown in a refusal: short, and never a page. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function text(pattern: RegExp, allowed: string): z.ZodString {
  return z.string().regex(pattern, { error: (issue) => `found ${show(issue.input)}; ${allowed}` });
}

/** An object's name (RFC 1123 subdomain; RBAC names may hold colons). */
export const ObjectName = text(
  /^[a-z0-9](?:[-a-z0-9.:]{0,251}[a-z0-9])?$/,
  'a name is 1 to 253 lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit',
);

/** A name that is also a DNS label: namespaces, Services, containers. */
export const Label = text(
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  'allowed are 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
);

/** Where a check looks, when it does not say so. */
export const Namespace = Label.optional().describe("Where to look. Default: the plan's first namespace.");

export const ApiVersion = text(
  /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?v[a-z0-9]+$/,
  'an apiVersion is written as in a manifest, as v1 or apps/v1',
);

export const Kind = text(/^[A-Z][A-Za-z0-9]{0,62}$/, 'a kind is written as in a manifest, as Deployment or Secret');

/** A label's key, with or without the name of a domain before it. */
export const LabelKey = text(
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
  'a label is written as app or app.kubernetes.io/name',
);

const LabelValue = text(
  /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
  "a label's value is up to 63 letters, digits, hyphens, underscores and dots (numbers and true in quotes)",
);

/** A name of the DNS, whole. Underscores occur (`_amqps._tcp`). */
export const DnsName = text(
  /^(?=.{1,254}$)(?:[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.?$/,
  'a DNS name is labels of letters, digits and hyphens with dots between them, as shop.example.org',
);

/** Labels that all must be there, as `app: orders-db`. An empty selector would take everything and is refused. */
export const LabelMap = z.record(LabelKey, LabelValue).refine((labels) => Object.keys(labels).length > 0, {
  error: 'found no label; write at least one, as {app: orders-db}',
});

/** A port by number or by its name in the Service or container. */
export const Port = z.union([
  z.int().min(1).max(65_535),
  text(/^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/, 'a port is a number from 1 to 65535 or the name of a port'),
]);

/** A count of objects of which at least one must be there: over nothing no check may pass. */
export const AtLeastOne = z.int().min(1).max(10_000);

/** `{app: web, tier: front}` → `app=web,tier=front`, as the API wants it. */
export function selectorText(labels: { readonly [key: string]: string }): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
