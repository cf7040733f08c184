import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { quiesceGroups, quiesceKindNames } from '../../src/model/quiesce.ts';
import { quiesceKinds } from '../../src/quiesce/registry.ts';
import { checkout, filesInGit, textOf } from './files.ts';

interface Service {
  readonly image: string;
  readonly environment?: { readonly [name: string]: string };
  readonly ports?: readonly string[];
  readonly volumes?: readonly unknown[];
  readonly depends_on?: { readonly [name: string]: { readonly condition: string } };
  readonly healthcheck?: object;
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly [field: string]: unknown;
}

const text = textOf('docker-compose.yml');
const compose = parse(text) as { readonly services: { readonly [name: string]: Service }; readonly volumes: object };
const services = Object.entries(compose.services);
const dockerfile = textOf('Dockerfile')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n');
const bases = dockerfile.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
const { version, devDependencies } = JSON.parse(textOf('package.json')) as {
  readonly version: string;
  readonly devDependencies: { readonly [name: string]: string };
};

/** What waits for a service to end, rather than for it to be well: it runs once. */
const runsOnce = new Set(
  services.flatMap(([, { depends_on = {} }]) =>
    Object.entries(depends_on).flatMap(([name, { condition }]) =>
      condition === 'service_completed_successfully' ? [name] : [],
    ),
  ),
);

describe('docker-compose.yml', () => {
  it('has Temporal, its database, its UI, a worker, and a site to practise on that only comes when asked for', () => {
    expect(services.map(([name]) => name)).toEqual(
      expect.arrayContaining(['database', 'temporal', 'temporal-ui', 'worker', 'practice']),
    );
    expect(services.filter(([, { profiles }]) => profiles?.includes('practice')).map(([name]) => name)).toEqual([
      'practice',
      'practice-kubeconfig',
    ]);
  });

  it('pins each image to a version', () => {
    const images = [...services.map(([, { image }]) => image), ...bases];

    expect(images.filter((image) => !/^[a-z0-9/-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?$/.test(image))).toEqual([]);
    expect(compose.services['worker']?.image).toBe(`rekindle:${version}`);
  });

  it('holds no password: each comes from the environment, and is asked for when it is not there', () => {
    const secrets = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment).flatMap(([variable, value]) =>
        /PASS|PWD|SECRET|TOKEN|API_KEY/.test(variable) ? [[name, variable, value] as const] : [],
      ),
    );

    expect(secrets.length).toBeGreaterThanOrEqual(3);
    expect(secrets.filter(([, , value]) => !/^\$\{[A-Z_]+:\?[^}]+\}$/.test(value))).toEqual([]);
    expect(textOf('.env.example')).toMatch(/^POSTGRES_PASSWORD=$/m);
    expect(spawnSync('git', ['check-ignore', '.env', 'kube/config'], { cwd: checkout }).status).toBe(0);
  });

  it('explains each variable that it reads, in .env.example or by a default', () => {
    const read = [...text.matchAll(/\$\{([A-Z_]+)(:[-?])?/g)];
    const bare = read.filter(([, name = '', how]) => how !== ':-' && !textOf('.env.example').includes(`${name}=`));

    expect(read.length).toBeGreaterThan(5);
    expect(bare.map(([, name]) => name)).toEqual([]);
  });

  it('listens on this machine alone', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);

    expect(ports).toEqual(expect.arrayContaining(['127.0.0.1:7233:7233', '127.0.0.1:8080:8080']));
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(services.filter(([, { network_mode }]) => network_mode !== undefined)).toEqual([]);
  });

  it('asks each service that stays whether it is well, and lets the others wait for that', () => {
    const stays = services.filter(([name]) => !runsOnce.has(name));

    expect(stays.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name)).toEqual([]);
    // The UI answers 405 to HEAD, which a full wget sends with --spider.
    expect(stays.filter(([, { healthcheck }]) => JSON.stringify(healthcheck).includes('--spider'))).toEqual([]);
    expect(stays.filter(([, { restart }]) => restart !== 'unless-stopped').map(([name]) => name)).toEqual([]);
    for (const [, { depends_on = {} }] of services)
      for (const [name, { condition }] of Object.entries(depends_on))
        expect([name, condition]).toEqual([
          name,
          runsOnce.has(name) ? 'service_completed_successfully' : 'service_healthy',
        ]);
  });

  it('writes volumes in the long form, which engine 20.10 asks for, and brings the files that it mounts', () => {
    const volumes = services.flatMap(([, service]) => service.volumes ?? []) as { type: string; source: string }[];

    expect(volumes.filter((volume) => typeof volume !== 'object')).toEqual([]);
    const named = volumes.flatMap(({ type, source }) => (type === 'volume' ? [source] : []));
    expect(named.filter((name) => !Object.hasOwn(compose.volumes, name))).toEqual([]);
    const files = volumes.flatMap(({ type, source }) => (type === 'bind' && source.startsWith('./') ? [source] : []));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !existsSync(join(checkout, file)))).toEqual([]);
  });

  it('tells the worker and the command line alike where the UI is', () => {
    const worker = compose.services['worker'];

    expect(worker?.environment).toMatchObject({ REKINDLE_UI_URL: 'http://localhost:8080' });
    expect(compose.services['temporal-ui']?.ports).toEqual(['127.0.0.1:8080:8080']);
  });

  it('runs two workers that may do nothing but their work', () => {
    expect(compose.services['worker']).toMatchObject({
      deploy: { replicas: 2 },
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });
});

describe('the Dockerfile', () => {
  const last = dockerfile.slice(dockerfile.findLastIndex((line) => line.startsWith('FROM ')));

  it('stands on the Node that this project is tested with, on glibc', () => {
    expect(bases).toEqual([
      `node:${devDependencies['node']}-bookworm`,
      `node:${devDependencies['node']}-bookworm-slim`,
    ]);
  });

  it('copies what is there and what .dockerignore lets through', () => {
    const copied = dockerfile.flatMap((line) => {
      const [word, ...paths] = line.split(' ');
      return word === 'COPY' && !paths[0]?.startsWith('--from') ? paths.slice(0, -1) : [];
    });

    expect(copied.length).toBeGreaterThan(8);
    expect(copied.filter((path) => !existsSync(join(checkout, path)))).toEqual([]);
    expect(copied.filter((path) => isIgnored(path))).toEqual([]);
  });

  it('takes no state, no history and no secret along', () => {
    const kept = [
      'node_modules/x.js',
      '.git/config',
      '.rekindle/temporal.db',
      '.env',
      'kube/config',
      'dist/x.js',
      'test/x.ts',
    ];

    expect(kept.filter((path) => !isIgnored(path))).toEqual([]);
  });

  it('ends without root, without compilers and without a shell between signals and the worker', () => {
    expect(dockerfile.filter((line) => line.startsWith('RUN ')).join()).toContain('npm prune --omit=dev');
    expect(last.filter((line) => line.startsWith('RUN '))).toEqual([]);
    expect(last).toContain('USER 1000:1000');
    expect(last).toContain('ENTRYPOINT ["node", "/app/bin/rekindle.js"]');
    expect(last).toContain('CMD ["worker"]');
  });
});

interface Rbac {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: { readonly [key: string]: string };
  };
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

describe('the manifests under deploy', () => {
  const files = filesInGit().filter((file) => /^deploy\/[^/]*\.yaml$/.test(file));
  const objectsOf = (file: string): readonly Rbac[] =>
    parseAllDocuments(textOf(file)).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Rbac;
    });
  const base = objectsOf('deploy/worker-rbac.yaml');
  const keyOf = (kind: string, name: string, namespace = ''): string => `${kind} ${namespace}/${name}`;

  it('are YAML with a kind and a name each', () => {
    expect(files).toEqual([
      'deploy/worker-rbac-drill.yaml',
      'deploy/worker-rbac-optional.yaml',
      'deploy/worker-rbac.yaml',
      'deploy/worker.yaml',
    ]);
    for (const object of files.flatMap(objectsOf))
      expect(object).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) });
    expect(files.flatMap(objectsOf).filter(({ metadata }) => !metadata.name)).toEqual([]);
  });

  it('bind roles that stand in the same file, to the account that is made; cluster roles are bound or aggregated', () => {
    const accounts = base.filter(({ kind }) => kind === 'ServiceAccount');
    const made = accounts.map(({ kind, metadata }) => keyOf(kind, metadata.name, metadata.namespace));
    const aggregated = 'rekindle.dev/aggregate-to-worker';
    for (const file of files) {
      const objects = objectsOf(file);
      const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
      const bound = bindings.map(({ roleRef, metadata: { namespace } }) =>
        keyOf(roleRef?.kind ?? '', roleRef?.name ?? '', roleRef?.kind === 'Role' ? namespace : ''),
      );
      const roles = objects.filter(
        ({ kind, metadata }) => kind === 'Role' || (kind === 'ClusterRole' && metadata.labels?.[aggregated] !== 'true'),
      );

      expect(bound.toSorted(), file).toEqual(
        roles.map(({ kind, metadata }) => keyOf(kind, metadata.name, metadata.namespace)).toSorted(),
      );
      for (const { kind, name, namespace } of bindings.flatMap(({ subjects = [] }) => subjects))
        expect(made, file).toContain(keyOf(kind, name, namespace));
    }
  });

  it('let a worker stop each kind that a plan may quiesce', () => {
    const rules = objectsOf('deploy/worker-rbac-optional.yaml')
      .filter(({ metadata }) => metadata.name === 'rekindle-worker-quiesce')
      .flatMap((object) => object.rules ?? []);
    const lacking = quiesceKindNames.filter(
      (kind) =>
        !rules.some(
          ({ apiGroups, resources, verbs }) =>
            apiGroups.includes(quiesceGroups[kind]) &&
            resources.includes(quiesceKinds[kind].plural) &&
            ['get', 'list', 'patch'].every((verb) => verbs.includes(verb)),
        ),
    );

    expect(lacking).toEqual([]);
  });

  it('keep a delete of namespaces to the file for drills, and of everything to none', () => {
    const deleting = (group: string, resource: string): readonly string[] =>
      files.filter((file) =>
        objectsOf(file).some(({ rules = [] }) =>
          rules.some(
            ({ resources, apiGroups, verbs }) =>
              apiGroups.includes(group) &&
              resources.includes(resource) &&
              ['delete', '*'].some((verb) => verbs.includes(verb)),
          ),
        ),
      );

    expect(deleting('', 'namespaces')).toEqual(['deploy/worker-rbac-drill.yaml']);
    expect([...deleting('*', '*'), ...deleting('', '*')]).toEqual([]);
  });
});

/** As .dockerignore has it: the last pattern that names the path or a folder above it decides. */
function isIgnored(path: string): boolean {
  const patterns = textOf('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return patterns.reduce((ignored, pattern) => {
    const name = pattern.replace(/^!/, '');
    const names = name === '*' || path === name || path.startsWith(`${name}/`);
    return names ? !pattern.startsWith('!') : ignored;
  }, false);
}
