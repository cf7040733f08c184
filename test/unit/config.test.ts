import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, loadTemporalSettings } from '../../src/config.ts';

describe('loadConfig', () => {
  const home = '/home/ana';

  it('has a default for everything, counted from the working folder', () => {
    const config = loadConfig({ HOME: home, USER: 'ana', PATH: '/usr/bin:relative:/bin' }, '/site');

    expect(config).toMatchObject({
      plansFolder: '/site/plans',
      stateDir: '/site/.rekindle',
      cacheDir: '/home/ana/.cache/rekindle',
      path: ['/usr/bin', '/bin'],
      noColor: false,
    });
    expect(config.kubeconfig).toBeUndefined();
    expect(config.temporalCli).toBeUndefined();
    expect(config.user).toMatch(/^ana@./);
  });

  it.each([
    [{ KUBECONFIG: 'a:/b' }, '/site/a:/b'],
    [{ KUBECONFIG: '/a', REKINDLE_KUBECONFIG: '/mine' }, '/mine'],
    [{ KUBECONFIG: '', REKINDLE_KUBECONFIG: '' }, undefined],
  ])('takes the kubeconfig from %j', (variables, expected) => {
    expect(loadConfig({ HOME: home, ...variables }, '/site').kubeconfig).toBe(expected);
  });

  it.each([
    ['REKINDLE_PLANS', 'plansFolder', 'elsewhere', '/site/elsewhere'],
    ['REKINDLE_STATE', 'stateDir', '/state', '/state'],
    ['TEMPORAL_CLI', 'temporalCli', 'bin/temporal', '/site/bin/temporal'],
    ['XDG_CACHE_HOME', 'cacheDir', '/cache', '/cache/rekindle'],
    ['XDG_CACHE_HOME', 'cacheDir', 'not/absolute', '/home/ana/.cache/rekindle'],
  ] as const)('reads %s', (variable, field, value, expected) => {
    expect(loadConfig({ HOME: home, [variable]: value }, '/site')[field]).toBe(expected);
  });

  it('takes NO_COLOR only when it is not empty, as its convention says', () => {
    expect(loadConfig({ NO_COLOR: '' }).noColor).toBe(false);
    expect(loadConfig({ NO_COLOR: '1' }).noColor).toBe(true);
  });
});

describe('loadTemporalSettings', () => {
  const settings = (variables: Record<string, string>) =>
    loadTemporalSettings(loadConfig({ HOME: '/nowhere', XDG_CONFIG_HOME: '/nowhere', ...variables }));

  it('falls back to the default address, and says that nobody named it', () => {
    expect(settings({})).toMatchObject({ address: 'localhost:7233', namespace: 'default', named: false });
  });

  it('takes what the variables of Temporal say', () => {
    expect(settings({ TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'dr' })).toMatchObject({
      address: 'temporal.example:7233',
      namespace: 'dr',
      named: true,
    });
  });

  it('says in one sentence that a profile cannot be read', () => {
    const wanted = (): unknown =>
      settings({ TEMPORAL_PROFILE: 'not-there', TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' });

    expect(wanted).toThrow(ConfigError);
    expect(wanted).toThrow(/^Temporal's settings cannot be read \(.+\): look at the TEMPORAL_\* variables/);
  });

  it('takes what is empty as not set: compose files hand it on so', () => {
    const empty = ['ADDRESS', 'API_KEY', 'PROFILE', 'TLS', 'TLS_CLIENT_CERT_PATH', 'TLS_CLIENT_KEY_PATH'];
    const { connectionOptions, named } = settings(Object.fromEntries(empty.map((name) => [`TEMPORAL_${name}`, ''])));

    expect(named).toBe(false);
    expect(connectionOptions).toMatchObject({ apiKey: undefined, tls: undefined });
  });

  it('takes a login without an address as meant for a server of its own', () => {
    expect(settings({ TEMPORAL_API_KEY: 'k' }).named).toBe(true);
    expect(settings({ TEMPORAL_TLS: 'true' }).named).toBe(true);
  });

  it.each([
    ['CERT', /a client certificate without its key: set TEMPORAL_TLS_CLIENT_KEY_PATH too/],
    ['KEY', /the key of a client certificate without the certificate: set TEMPORAL_TLS_CLIENT_CERT_PATH too/],
  ])('does not drop half of a client certificate in silence: %s', (half, sentence) => {
    expect(() => settings({ [`TEMPORAL_TLS_CLIENT_${half}_DATA`]: 'x' })).toThrow(sentence);
  });

  it('takes the line break off a key that was read from a file', () => {
    expect(settings({ TEMPORAL_API_KEY: 'abc.def\n' }).connectionOptions.apiKey).toBe('abc.def');
  });

  it.each(['two words', 'two\nlines', ' ', 'caf\u00e9'])('refuses the key %j without printing it', (key) => {
    const wanted = (): unknown => settings({ TEMPORAL_API_KEY: key });

    expect(wanted).toThrow(/^TEMPORAL_API_KEY \(or api_key in the profile\) is no key: it is blank or holds spaces/);
    expect(wanted).not.toThrow(/two|lines|caf/);
  });

  it.each([
    ['[profile.default]\naddress = "x:1"\napi_key = "s3cret\n', /cannot be read \(Invalid TOML document/],
    ['api_key = "s3cret"\n', /the profile file holds no table \[profile\.NAME\]/],
  ])('says what is wrong with a profile file in one line that holds no key: %j', (text, sentence) => {
    const folder = mkdtempSync(join(tmpdir(), 'rekindle-config-'));
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, text);
    const wanted = (): unknown => settings({ TEMPORAL_CONFIG_FILE: file });
    try {
      expect(wanted).toThrow(ConfigError);
      expect(wanted).toThrow(sentence);
      expect(wanted).not.toThrow(/s3cret|\n/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
