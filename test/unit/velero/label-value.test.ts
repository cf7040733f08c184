import { expect, it } from 'vitest';
import { labelValue } from '../../../src/velero/api.ts';

it.each([
  ['nightly-20261120', 'nightly-20261120'],
  ['n'.repeat(63), 'n'.repeat(63)],
  // printf n%.0s {1..64} | sha256sum
  ['n'.repeat(64), `${'n'.repeat(57)}ce068a`],
])('a Backup %s is found by the label %s', (name, label) => {
  expect(labelValue(name)).toBe(label);
});
