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
      smtpUrl: null,
      mailFrom: null,
      publicUrl: null,
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

  it('of mail belong together, and are held against what they have to be', () => {
    const mail = { SMTP_URL: 'smtp://crm:pass%40word@mail.example.com', MAIL_FROM: 'CRM <crm@example.com>' };
    const settings = readSettings({ ...mail, KARTOTEKA_PUBLIC_URL: 'https://crm.example.com/' }, '/srv');
    expect(settings).toMatchObject({
      smtpUrl: mail.SMTP_URL,
      mailFrom: mail.MAIL_FROM,
      publicUrl: 'https://crm.example.com',
    });
    expect(problemsOf({ SMTP_URL: mail.SMTP_URL })).toEqual([expect.stringMatching(/^MAIL_FROM: is missing/)]);
    expect(problemsOf({ MAIL_FROM: mail.MAIL_FROM })).toEqual([expect.stringMatching(/^SMTP_URL: is missing/)]);
    for (const url of ['mail.example.com', 'http://mail', 'smtp://', 'smtp://host/path', 'smtp://host?pool=true'])
      expect(problemsOf({ ...mail, SMTP_URL: url })).toHaveLength(1);
    for (const from of ['nobody', 'a@b, c@d', 'X <a@b>, Y', 'a@@b'])
      expect(problemsOf({ ...mail, MAIL_FROM: from })).toHaveLength(1);
    for (const url of ['crm.example.com', 'https://crm.example.com/base', 'ftp://crm', 'https://u:p@crm.example.com'])
      expect(problemsOf({ KARTOTEKA_PUBLIC_URL: url })).toHaveLength(1);
  });

  it('never repeat a secret in a problem', () => {
    const problems = problemsOf({
      DATABASE_URL: 'http://user:hunter2@db/x',
      KARTOTEKA_JWT_SECRET: 'hunter2',
      KARTOTEKA_ADMIN_PASSWORD: 'hunter2',
      SMTP_URL: 'http://crm:hunter2@mail.example.com',
      MAIL_FROM: 'crm@example.com',
    });
    expect(problems).toHaveLength(4);
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
