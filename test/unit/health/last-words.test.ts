import { describe, expect, it } from 'vitest';
import { lookAtGate } from '../../../src/health/gate.ts';
import { tellableLine } from '../../../src/health/last-words.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { KubeClient, KubeObject } from '../../../src/kube/types.ts';
import { fakeKube, type FakeKube } from '../../support/fake-kube.ts';

const signal = new AbortController().signal;

/** Keys of the memory over all looks are uids: each test has its own. */
let uids = 0;

function crashing(name: string, exitCode = 1, restarts = 3): KubeObject {
  uids += 1;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid: `uid-${uids}`, labels: { app: 'web' } },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: 'web',
          restartCount: restarts,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode } },
        },
      ],
    },
  };
}

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', generation: 1 },
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } } },
  status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2 },
};

const clusterSaying = (objects: readonly KubeObject[], logs: KubeClient['logs']): FakeKube =>
  fakeKube({ objects, logs });

const look = (kube: FakeKube, kind: string, ...names: readonly string[]) =>
  lookAtGate({
    kube,
    plan: { accept: [] },
    tier: 'applications',
    refs: names.map((name) => ({
      apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
      kind,
      namespace: 'shop',
      name,
    })),
    signal,
  });

const asked = (kube: FakeKube): string[] => kube.requests.filter((request) => request.startsWith('logs'));

describe('the last log line', () => {
  it('is told of the pod that explains a workload, once for each end of the container', async () => {
    const kube = clusterSaying([deployment, crashing('web-1-a'), crashing('web-1-b')], () =>
      Promise.resolve('starting\nFATAL: database "orders" does not exist\n\n'),
    );

    const seen = await look(kube, 'Deployment', 'web');
    await look(kube, 'Deployment', 'web');

    expect(seen.suspect).toBe(true);
    expect(seen.reason).toContain('pod web-1-a and 1 more: CrashLoopBackOff in container web, exit code 1, 3 restarts');
    expect(seen.reason).toContain('last log line of pod web-1-a: "FATAL: database "orders" does not exist"');
    expect(seen.waiting[0]?.message).toContain('last log line of pod web-1-a');
    expect(asked(kube)).toEqual(['logs shop/web-1-a web previous']);
  });

  it('is asked for three pods at most, and never for what is not wrong', async () => {
    const pods = ['a', 'b', 'c', 'd', 'e'].map((name) => crashing(name));
    const starting: KubeObject = { ...crashing('f'), status: { phase: 'Pending' } };
    const kube = clusterSaying([...pods, starting], () => Promise.resolve('error: no such file'));

    await look(kube, 'Pod', 'a', 'b', 'c', 'd', 'e', 'f');
    await look(kube, 'Pod', 'f');

    expect(asked(kube)).toHaveLength(3);
  });

  it('of a container that has just ended is in its present log', async () => {
    const base = crashing('job-x');
    const status = { phase: 'Failed', containerStatuses: [{ name: 'web', state: { terminated: { exitCode: 2 } } }] };
    const kube = clusterSaying([{ ...base, status }], () => Promise.resolve('cannot open /data'));

    expect((await look(kube, 'Pod', 'job-x')).reason).toContain('last log line of pod job-x: "cannot open /data"');
    expect(asked(kube)).toEqual(['logs shop/job-x web']);
  });

  it('that may not be read leaves the verdict as it is, and is not asked for again', async () => {
    const refusal = new KubeError('pods/log is forbidden', { reason: 'Forbidden', code: 403 });
    const kube = clusterSaying([crashing('web-x')], () => Promise.reject(refusal));

    const seen = await look(kube, 'Pod', 'web-x');
    await look(kube, 'Pod', 'web-x');

    expect(seen.reason).toBe('Pod shop/web-x: CrashLoopBackOff in container web, exit code 1, 3 restarts');
    expect(asked(kube)).toHaveLength(1);
  });

  it('that may hold a secret is kept back, and said so', async () => {
    const kube = clusterSaying([crashing('web-y')], () => Promise.resolve('error: wrong password hunter2'));

    const { reason } = await look(kube, 'Pod', 'web-y');

    expect(reason).toContain('last log line of pod web-y is kept back, it may hold a secret: look at container web');
    expect(reason).not.toContain('hunter2');
  });
});

describe('a log line that may be told', () => {
  it.each([
    ['FATAL:  database "orders" does not exist', 'FATAL: database "orders" does not exist'],
    ['\u001b[31mError: connect ECONNREFUSED 10.0.0.7:5432\u001b[0m', 'Error: connect ECONNREFUSED 10.0.0.7:5432'],
    ['sh: 1: /app/run: not found', 'sh: 1: /app/run: not found'],
    ['panic: open /etc/app.yaml: no such file\u0007', 'panic: open /etc/app.yaml: no such file'],
    ['error: unknown user hunter2', 'error: unknown user ***'],
    ['login failed for app with s3cr3tpw', 'login failed for app with ***'],
    ['FATAL: invalid login hunter2!x for admin', 'FATAL: invalid login *** for admin'],
    ['connection refused for user=app db=Sommer.2026', 'connection refused for user=*** db=***'],
    [`failed: who = "Ada L.", 'how'='a b' why="cut`, `failed: who = ***, 'how'=*** why=***`],
    ['ERROR: duplicate key value, exit code=1', 'ERROR: duplicate key value, exit code=***'],
  ])('%s', (line, told) => {
    expect(tellableLine(line)).toBe(told);
  });

  it.each([
    ['a line that speaks of no trouble', 'hunter2'],
    ['data', 'id=17 name=Ada Lovelace iban=12345'],
    ['a password', 'error: password is hunter2'],
    ['a password called pw', 'connection refused for user=app pw=Sommer.2026'],
    ['a password called pw in JSON', '{"level":"error","user":"app","pw":"Sommer"}'],
    ['a password in a variable', 'refused with DB_PW: Sommer'],
    ['a login', 'error: login: Sommer'],
    ['credentials', 'failed with creds = Sommer Winter'],
    ['a key beside its name', 'error: cannot connect with key abc-def-ghi-jkl'],
    ['a key with a colon', 'error: bad licenseKey: Sommer'],
    ['a token', 'error: Token abc'],
    ['an address with a user', 'cannot connect to postgres://app:pw@db/orders'],
    ['an address with a user alone', 'cannot connect to amqp://guest@queue'],
    ['a bearer', 'request failed: Authorization: Bearer abc'],
    ['a key in base64', 'error: bad key MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'],
    ['a hash', 'error: 5f4dcc3b5aa765d61d8327deb882cf99'],
    ['a JWT', 'failed eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghij'],
    ['nothing', ''],
  ])('is none with %s', (_what, line) => {
    expect(tellableLine(line)).toBeUndefined();
  });

  it('is cut', () => {
    expect(tellableLine(`error: ${'no '.repeat(200)}`)?.length).toBe(160);
  });
});
