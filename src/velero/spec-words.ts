import { z } from 'zod';

/** A kind in a filter: a plural with its group. */
export const ResourceName = z
  .string()
  .regex(
    /^[A-Za-z0-9*?]([A-Za-z0-9.*?-]*[A-Za-z0-9*?])?$/,
    'a resource name is a plural with its group, like deployments.apps',
  );

/** A namespace, or `*`. */
export const NamespacePattern = z
  .string()
  .regex(/^(\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/, 'a namespace name has lower-case letters, digits and dashes');

/** A name that is also a DNS label: a namespace, a container. */
export const DnsLabel = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a name has lower-case letters, digits and dashes, at most 63');

/** A duration as Velero reads it: Go's. */
export const GoDuration = z.string().regex(/^([0-9]+(h|m|s))+$/, 'a duration like 4h or 90m');
