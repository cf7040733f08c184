import { describe, expect, it } from 'vitest';
import { forHistory, redact } from '../../../src/model/redact.ts';

describe('redact', () => {
  it.each([
    ['an address with a password', 'amqp://shop:s3cret@mq:5672/ refused', 's3cret'],
    ['a signed address', 'GET http://s3/b/k?X-Amz-Credential=AKID%2F1&X-Amz-Signature=deadbeef failed', 'deadbeef'],
    ['a bearer token', 'Authorization: Bearer abcdefghijklmnop', 'abcdefghijklmnop'],
    ['a password in a message', 'FATAL: password=hunter22 does not fit', 'hunter22'],
    ['an AWS key', 'key AKIAABCDEFGHIJKLMNOP is not known', 'AKIAABCDEFGHIJKLMNOP'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'MIIE'],
    [
      'a service account token',
      'token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl was refused',
      'eyJpc3MiOiJrdWJlcm5ldGVzIn0',
    ],
  ])('takes %s out', (_, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('***');
  });

  it.each([
    'Cluster shop/orders: Secret shop/orders-app has no key password; 1 of 3 instances ready',
    'Deployment shop/no-secret: 0 of 1 replicas available',
    'Secret shop/db.token: it is not in the cluster',
  ])('leaves what operators need: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each([
    'AWS_SECRET_ACCESS_KEY=HERE',
    'aws_secret_access_key = HERE',
    '{"secretKey":"HERE"}',
    String.raw`{"body":"{\"password\":\"HERE\"}"}`,
    '{"data":{"pw":"HERE"}}',
    'DB_PASS=HERE',
    'passphrase: HERE',
    'private_key: HERE',
    'AccountKey=HERE;EndpointSuffix=core',
    'https://x.blob.core/b?sv=1&sig=HERE',
    'redis://:HERE@db:6379',
    'could not open repository with password HERE',
    'wrong password ("HERE")',
    'the token is HERE',
    'pg_dump --password HERE shop',
    'mysqldump -u root -pHERE shop',
    'redis-cli -h db -a HERE ping',
    '<Error><SecretAccessKey>HERE</SecretAccessKey></Error>',
    'Secret "db" is invalid: data[x]: Invalid value: "HERE"',
    'Authorization: HERE',
  ])('takes it out of %s', (text) => {
    expect(redact(text.replace('HERE', 'Zq7hunter91aB'))).not.toContain('hunter');
  });

  it.each([
    'secrets "orders-app1" not found',
    'FATAL: password authentication failed for user "app"',
    'error restoring secrets/shop/token-1: already exists',
    'the token has expired',
  ])('leaves what says no secret: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it.each(['a', '-', '/a.', 'password ', 'mysql -', 'a://', '<secret'])('is quick over a long text of %s', (part) => {
    const begun = Date.now();
    redact(`${part.repeat(100_000)} token:`);

    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  it.each(['db-password: hunter22', '{"password":"hunter22"}', 'PGPASSWORD: hunter22', 'http://h/p?password=hunter22'])(
    'is not fooled by %s',
    (text) => {
      expect(redact(text)).not.toContain('hunter22');
    },
  );
});

describe('forHistory', () => {
  it('cuts long texts and says so', () => {
    expect(forHistory('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});
