// Settings: defaults, every problem at once, and hints for misspelt names.
import { describe, expect, it } from 'vitest';
import { type Environment, readSettings, SettingsError } from './config.ts';

function problemsOf(environment: Environment): string[] {
  try {
    readSettings(environment, '/srv');
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have defaults that need no environment', () => {
    expect(readSettings({}, '/srv')).toEqual({
      port: 3000,
      host: '127.0.0.1',
      dataFolder: '/srv/.kartoteka',
      databaseUrl: null,
      adminEmail: 'admin@example.com',
      adminPassword: null,
      jwtSecret: null,
      logLevel: 'info',
      trustProxy: [],
      bodyLimit: 1_048_576,
      bulkBodyLimit: 33_554_432,
      requestTimeout: 30_000,
      stopTimeout: 10_000,
      runsJobs: true,
      webhookNetworks: [],
    });
  });

  it('are taken from the environment', () => {
    const settings = readSettings(
      {
        PORT: '8080',
        HOST: '::1',
        KARTOTEKA_DATA: 'data',
        DATABASE_URL: 'postgres://kartoteka@db/crm',
        KARTOTEKA_TRUST_PROXY: 'loopback, 10.0.0.0/8',
        LOG_LEVEL: 'WARN',
      },
      '/srv',
    );
    expect(settings).toMatchObject({ port: 8080, host: '::1', dataFolder: '/srv/data', logLevel: 'warn' });
    expect(settings.databaseUrl).toBe('postgres://kartoteka@db/crm');
    expect(settings.trustProxy).toEqual(['loopback', '10.0.0.0/8']);
  });

  it('treat an empty variable as an absent one', () => {
    expect(readSettings({ PORT: '', KARTOTEKA_JWT_SECRET: ' ' }, '/srv')).toMatchObject({
      port: 3000,
      jwtSecret: null,
    });
  });

  it('report every problem at once', () => {
    const problems = problemsOf({
      PORT: '80a',
      HOST: 'no host',
      DATABASE_URL: 'mysql://x/y',
      KARTOTEKA_ADMIN_EMAIL: 'nobody',
      KARTOTEKA_ADMIN_PASSWORD: 'short',
      KARTOTEKA_JWT_SECRET: 'secret',
      LOG_LEVEL: 'loud',
      KARTOTEKA_TRUST_PROXY: 'all',
    });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'PORT',
      'HOST',
      'DATABASE_URL',
      'KARTOTEKA_ADMIN_EMAIL',
      'KARTOTEKA_ADMIN_PASSWORD',
      'KARTOTEKA_JWT_SECRET',
      'LOG_LEVEL',
      'KARTOTEKA_TRUST_PROXY',
    ]);
  });

  it('never repeat a secret in a problem', () => {
    const problems = problemsOf({
      DATABASE_URL: 'http://user:hunter2@db/x',
      KARTOTEKA_JWT_SECRET: 'hunter2',
      KARTOTEKA_ADMIN_PASSWORD: 'hunter2',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it('hint at the nearest name for an unknown setting', () => {
    expect(problemsOf({ KARTOTEKA_JWT_SECRT: 'x' })).toEqual([
      'KARTOTEKA_JWT_SECRT: there is no such setting; did you mean KARTOTEKA_JWT_SECRET?',
    ]);
    expect(problemsOf({ KARTOTEKA_COLOUR_OF_THE_LOGO: 'x' })[0]).toContain('the settings are KARTOTEKA_DATA');
  });

  it.each([['-1'], ['65536'], ['1e3'], ['3000.5'], ['0x10']])('refuse the port %s', (port) => {
    expect(problemsOf({ PORT: port })).toHaveLength(1);
  });
});
