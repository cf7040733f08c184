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
});
