import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issuesOf, planOf, planOfCheck } from './plan-text.ts';

const key = `-----BEGIN RSA ${'PRIVATE'} KEY-----`;
const aws = `AKIA${'ABCDEFGHIJKLMNOP'}`;

const command = (argv: readonly string[]): string => planOfCheck(`exec: { command: ${JSON.stringify(argv)} }`);

describe('credentials in a plan', () => {
  it.each([
    [['psql', 'host=db password=hunter2']],
    [['psql', 'postgres://app:hunter2@db/orders']],
    [['sh', '-c', 'PGPASSWORD=hunter2 psql -tAc "select 1"']],
    [['sh', '-c', 'mariadb -u root -phunter2 -e "select 1"']],
    [['mariadb', '-uroot', '-phunter2']],
    [['mysql', '--password=hunter2']],
    [['mysql', '--password', 'hunter2']],
    [['redis-cli', '-a', 'hunter2', 'ping']],
    [['curl', '-H', 'Authorization: Bearer hunter2hunter2hunter2']],
    [['curl', '-u', 'x', 'https://x:hunter2@example.org']],
    [['aws', `${aws}hunter2`.slice(0, 20)]],
    [['x', `${key}\nhunter2`]],
    [['x', 'api_key: hunter2']],
    [['x', 'MY_TOKEN=hunter2']],
    [['x', `ghp_${'hunter2'.repeat(6)}`]],
    [['x', 'kind: Secret\nstringData: {a: hunter2}']],
  ])('are refused and not shown: %j', (argv) => {
    const issues = issuesOf(command(argv));

    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatch(
      /^shop\.yaml:15:\d+: spec\.tiers\.databases\[0\]\.checks\[0\]\.exec\.command\[\d\]: found /,
    );
    expect(issues[0]).toContain('a plan is kept in histories and reports');
    expect(issues[0]).not.toContain('hunter2');
  });

  it.each([
    [['psql', '-tAc', 'select count(*) from tokens where secret is null']],
    [['sh', '-c', 'mariadb -u root -p"$MARIADB_ROOT_PASSWORD" -e "select 1"']],
    [['sh', '-c', 'mariadb --password="$MARIADB_ROOT_PASSWORD" shop']],
    [['sh', '-c', 'PGPASSWORD=$APP_PASSWORD psql -h db -p 5432']],
    [['sh', '-c', 'redis-cli -a "$(cat /run/secret)" dbsize']],
    [['mysql', '--port', '3306', '-P3306']],
    [['psql', '-p5432', '--no-password']],
    [['x', '--password-file=/run/secrets/db', 'https://db.example.org:8443/x?y=@z']],
    [['rabbitmqctl', 'list_queues', 'name', 'messages']],
    [['pg_isready', '-U', 'app']],
    [['curl', 'http://localhost:15672/api/queues']],
  ])('are not seen where there are none: %j', (argv) => {
    expect(issuesOf(command(argv))).toEqual([]);
  });

  it('are found under keys that are named like them, and in keys', () => {
    const issues = issuesOf(planOf('storage: [{ name: one, velero: { password: hunter2, "token=hunter2": x } }]'));

    expect(issues.some((issue) => issue.includes("a value under a credential's name"))).toBe(true);
    expect(issues.join('\n')).not.toContain('hunter2');
  });

  it('are found in comments, as a run carries the whole text', () => {
    expect(issuesOf(`${planOf('storage: [{ name: one, velero: {} }]')}# the password: hunter2\n`)).toEqual([
      expect.stringMatching(/^shop\.yaml:11:1: found what looks like a password or key in a comment; /),
    ]);
  });

  it('are not found in comments that only speak of them', () => {
    const text = `${planOf('storage: [{ name: one, velero: {} }]')}# the password is in Secret shop/db; token "#" of nothing\n`;

    expect(issuesOf(text)).toEqual([]);
  });

  it('are found in a Secret with its content, not in the name of one', () => {
    const inline =
      'crds:\n  - name: one\n    manifests: { kind: Secret, metadata: { name: x }, stringData: { a: hunter2 } }';

    const issues = issuesOf(planOf(inline));

    expect(issues.some((issue) => issue.includes('found a Secret with its content'))).toBe(true);
    expect(issues.join('\n')).not.toContain('hunter2');
    expect(issuesOf(planOfCheck('resourceExists: { kind: Secret, name: db-password }'))).toEqual([]);
    expect(
      issuesOf(planOf('storage: [{ name: one, velero: {} }]', '  ignore: [{ kind: Secret, name: token }]\n')),
    ).toEqual([]);
  });

  it.each(['a', 'A', 'a_', 'A_', '-eyJ', 'mysql ', 'token ', '\n', ' ', 'x:', '-----BEGIN ', 'a-', 'kind: ', '$'])(
    'are looked for in a short time, whatever the plan repeats: %j',
    (part) => {
      const began = performance.now();

      const issues = issuesOf(command(['x', part.repeat(100_000 / part.length)]));

      expect(issues.filter((issue) => !issue.includes('found what looks like'))).toEqual([]);
      expect(performance.now() - began).toBeLessThan(8_000);
    },
    60_000,
  );

  it('are not shown by other messages either', () => {
    const text = planOf('storage: [{ name: "password=hunter2", velero: {}, timeout: "token: hunter2" }]');

    expect(issuesOf(text).length).toBeGreaterThan(2);
    expect(issuesOf(text).join('\n')).not.toContain('hunter2');
  });

  it('are not shown by the schemas of drivers and checks, nor where names are listed', () => {
    const spec = z.strictObject({
      path: z.string().refine(() => false, { error: ({ input }) => `found ${String(input)}; no` }),
    });
    const refuses = (): string => 'found password=hunter2; no';
    const drivers = {
      velero: { tiers: ['crds'] as const, spec },
      manifests: { tiers: ['crds'] as const, spec: z.strictObject({}), refuses },
    };
    const steps = `crds:
  - { name: one, velero: { path: "password=hunter2" } }
  - { name: two, manifests: {}, dependsOn: [x] }
  - { name: "token=hunter2", manifests: {} }`;

    const issues = issuesOf(planOf(steps), { drivers, checks: {}, expressionFault: () => undefined });

    expect(issues.length).toBeGreaterThan(4);
    expect(issues.join('\n')).not.toContain('hunter2');
  });
});
