import { describe, expect, it } from 'vitest';
import { isOutage } from '../../../src/velero/outage.ts';

const says = (...texts: string[]): boolean => isOutage([{ where: 'shop', texts }]);
const refused =
  'error restoring deployments.apps/shop/web: Post "https://10.96.0.1:443/apis/apps/v1/namespaces/shop/deployments": dial tcp 10.96.0.1:443: connect: connection refused';

describe('errors of a Restore', () => {
  it.each([
    refused,
    // As Velero 1.18.3 said it in a lab whose API server was killed in the middle of a Restore.
    'rpc error: code = Unknown desc = failed to get server groups: Get "https://10.96.0.1:443/api": dial tcp 10.96.0.1:443: connect: connection refused',
    'error restoring services/shop/web: etcdserver: request timed out',
    'error restoring services/shop/web: the server is currently unable to handle the request (post services)',
    'error preparing services/shop/web: rpc error: code = Unknown desc = Get "https://10.96.0.1:443/api/v1/namespaces/shop": read tcp 10.1.1.1:5->10.96.0.1:443: read: connection reset by peer',
  ])('are an outage where the API server did not answer: %s', (text) => {
    expect(says(text)).toBe(true);
  });

  it.each([
    'error restoring services/shop/web: services "web" is forbidden: exceeded quota',
    // Each of these waits for somebody who mends it.
    'error restoring clusters/shop/a: Internal error occurred: failed calling webhook "m.cnpg.io": Post "https://cnpg.cnpg-system.svc:443/mutate?timeout=10s": dial tcp 10.1.1.1:443: connect: connection refused',
    'error restoring pods/shop/a: Get "http://10.1.1.9:9000/velero/backups/a.tar.gz": dial tcp 10.1.1.9:9000: connect: connection refused',
    'error executing hook: EOF',
  ])('are none where something else is wrong: %s', (text) => {
    expect(says(text)).toBe(false);
    expect(says(refused, text)).toBe(false);
  });

  it('are none where nobody knows them', () => {
    expect(isOutage([])).toBe(false);
  });
});
