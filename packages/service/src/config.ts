// The settings of the service: read from the environment once, checked all at once, frozen.
// Nothing else reads process.env; nothing here opens files or connections.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { checkNetwork, parseMailAddress, smtpProblem } from '@kartoteka/crm';
import { nearest } from '@kartoteka/metadata/transfer';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Absolute folder of the embedded database; used when `databaseUrl` is null. */
  readonly dataFolder: string;
  /** A PostgreSQL server to use instead of the embedded one. */
  readonly databaseUrl: string | null;
  readonly adminEmail: string;
  /** Null: a random password is made at first start and printed once. */
  readonly adminPassword: string | null;
  /** Null: made once and kept in the database, so that all nodes agree. */
  readonly jwtSecret: string | null;
  readonly logLevel: LogLevel;
  /** Addresses and networks of proxies whose X-Forwarded-* headers are believed. */
  readonly trustProxy: readonly string[];
  /** Largest request body in bytes. */
  readonly bodyLimit: number;
  /** Largest body in bytes of a request with many records (`/<set>/bulk`). */
  readonly bulkBodyLimit: number;
  /** Milliseconds within which a request must have arrived completely. */
  readonly requestTimeout: number;
  /** Milliseconds that requests in flight are given at a stop. */
  readonly stopTimeout: number;
  /** Whether this node runs jobs. Where it does not, they wait for one that does. */
  readonly runsJobs: boolean;
  /** Private networks to which webhooks may lead. */
  readonly webhookNetworks: readonly string[];
  /** The server that takes mail, with its password; null: no mail is sent. */
  readonly smtpUrl: string | null;
  /** Who mail comes from; there whenever there is a server. */
  readonly mailFrom: string | null;
  /** Address under which others find this service, without a slash at the end; null: mails have no links. */
  readonly publicUrl: string | null;
}

export interface SettingProblem {
  readonly variable: string;
  readonly reason: string;
}

/** Every problem of the environment, in words; `message` has one line per problem. */
export class SettingsError extends Error {
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map((problem) => `${problem.variable}: ${problem.reason}`).join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Collects problems while values are read, so that all are reported together. */
class SettingReader {
  readonly problems: SettingProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(variable: string): string | null {
    const value = this.#environment[variable]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  /** The text, or `fallback` where it is absent or `check` gives a reason against it. */
  checked<T>(variable: string, fallback: T, check: (value: string) => T | Problem): T {
    const value = this.text(variable);
    if (value === null) return fallback;
    const result = check(value);
    if (!(result instanceof Problem)) return result;
    this.problems.push({ variable, reason: result.reason });
    return fallback;
  }

  integer(variable: string, fallback: number, minimum: number, maximum: number): number {
    return this.checked(variable, fallback, (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= minimum && number <= maximum) return number;
      return new Problem(`"${value}" is not a whole number from ${minimum} to ${maximum}`);
    });
  }
}

class Problem {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * `KARTOTEKA_FAULT` is read by publish itself, in tests of crashes; `KARTOTEKA_PASSWORD` and `KARTOTEKA_TOKEN` are those of
 * import and export, which are clients of a service and have no other settings.
 */
const VARIABLES = [
  'KARTOTEKA_DATA',
  'KARTOTEKA_ADMIN_EMAIL',
  'KARTOTEKA_ADMIN_PASSWORD',
  'KARTOTEKA_JWT_SECRET',
  'KARTOTEKA_TRUST_PROXY',
  'KARTOTEKA_BODY_LIMIT',
  'KARTOTEKA_BULK_BODY_LIMIT',
  'KARTOTEKA_REQUEST_TIMEOUT',
  'KARTOTEKA_STOP_TIMEOUT',
  'KARTOTEKA_JOBS',
  'KARTOTEKA_WEBHOOK_NETWORKS',
  'KARTOTEKA_PUBLIC_URL',
  'KARTOTEKA_FAULT',
  'KARTOTEKA_PASSWORD',
  'KARTOTEKA_TOKEN',
] as const;

/**
 * Reads the settings.
 * @throws SettingsError with every problem found.
 */
export function readSettings(environment: Environment, workingFolder: string): Settings {
  const reader = new SettingReader(environment);
  const settings: Settings = {
    port: reader.integer('PORT', 3000, 0, 65535),
    host: reader.checked('HOST', '127.0.0.1', checkHost),
    dataFolder: resolve(workingFolder, reader.text('KARTOTEKA_DATA') ?? '.kartoteka'),
    databaseUrl: reader.checked('DATABASE_URL', null, checkDatabaseUrl),
    adminEmail: reader.checked('KARTOTEKA_ADMIN_EMAIL', 'admin@example.com', checkEmail),
    adminPassword: reader.checked('KARTOTEKA_ADMIN_PASSWORD', null, checkPassword),
    jwtSecret: reader.checked('KARTOTEKA_JWT_SECRET', null, checkSecret),
    logLevel: reader.checked('LOG_LEVEL', 'info', checkLogLevel),
    trustProxy: reader.checked('KARTOTEKA_TRUST_PROXY', [], checkProxies),
    bodyLimit: reader.integer('KARTOTEKA_BODY_LIMIT', 1_048_576, 1024, 67_108_864),
    bulkBodyLimit: reader.integer('KARTOTEKA_BULK_BODY_LIMIT', 33_554_432, 1024, 67_108_864),
    requestTimeout: reader.integer('KARTOTEKA_REQUEST_TIMEOUT', 30_000, 1000, 600_000),
    stopTimeout: reader.integer('KARTOTEKA_STOP_TIMEOUT', 10_000, 0, 600_000),
    runsJobs: reader.checked('KARTOTEKA_JOBS', true, checkSwitch),
    webhookNetworks: reader.checked('KARTOTEKA_WEBHOOK_NETWORKS', [], checkNetworks),
    smtpUrl: reader.checked('SMTP_URL', null, checkSmtpUrl),
    mailFrom: reader.checked('MAIL_FROM', null, checkSender),
    publicUrl: reader.checked('KARTOTEKA_PUBLIC_URL', null, checkPublicUrl),
  };
  reader.problems.push(...mailProblems(reader), ...unknownVariables(environment));
  if (reader.problems.length > 0) throw new SettingsError(reader.problems);
  return Object.freeze(settings);
}

function checkHost(value: string): string | Problem {
  if (isIP(value) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$/.test(value)) return value;
  return new Problem(`"${value}" is neither an address nor a host name`);
}

function checkDatabaseUrl(value: string): string | Problem {
  // The value itself is not repeated: it may hold a password.
  const example = 'postgresql://user:password@host:5432/database';
  if (!URL.canParse(value)) return new Problem(`is not a URL; it looks like ${example}`);
  const url = new URL(value);
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    return new Problem(`begins with ${url.protocol}//, but only PostgreSQL is supported: ${example}`);
  }
  if (url.pathname.length < 2) return new Problem(`names no database; it looks like ${example}`);
  return value;
}

function checkEmail(value: string): string | Problem {
  if (value.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return value;
  return new Problem(`"${value}" is not an e-mail address`);
}

function checkPassword(value: string): string | Problem {
  const length = [...value].length;
  if (length >= 10 && length <= 256) return value;
  return new Problem(`has ${length} characters; it must have 10 to 256`);
}

function checkSecret(value: string): string | Problem {
  const bytes = Buffer.byteLength(value);
  if (bytes >= 32) return value;
  return new Problem(`has ${bytes} bytes; it must have at least 32 (try: openssl rand -base64 48)`);
}

function checkSwitch(value: string): boolean | Problem {
  const position = ['off', 'on'].indexOf(value.toLowerCase());
  return position < 0 ? new Problem(`"${value}" is neither on nor off`) : position === 1;
}

function checkNetworks(value: string): readonly string[] | Problem {
  const networks = value.split(',').map((entry) => entry.trim());
  for (const network of networks) {
    try {
      checkNetwork(network);
    } catch {
      return new Problem(`"${network}" is not a network such as 10.0.0.0/8`);
    }
  }
  return networks;
}

function checkSmtpUrl(value: string): string | Problem {
  const problem = smtpProblem(value);
  return problem === null ? value : new Problem(problem);
}

function checkSender(value: string): string | Problem {
  if (parseMailAddress(value) !== null) return value;
  return new Problem(`"${value}" is no sender such as Kartoteka <crm@example.com>`);
}

function checkPublicUrl(value: string): string | Problem {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  return isOrigin ? url.origin : new Problem(`"${value}" is no address such as https://crm.example.com`);
}

/** A server needs a sender, and a sender says nothing without a server. */
function mailProblems(reader: SettingReader): SettingProblem[] {
  const [server, sender] = [reader.text('SMTP_URL'), reader.text('MAIL_FROM')];
  if ((server === null) === (sender === null)) return [];
  if (sender === null)
    return [{ variable: 'MAIL_FROM', reason: 'is missing; SMTP_URL needs to know who mail is from' }];
  return [{ variable: 'SMTP_URL', reason: 'is missing; without it MAIL_FROM says nothing' }];
}

function checkLogLevel(value: string): LogLevel | Problem {
  const level = LOG_LEVELS.find((name) => name === value.toLowerCase());
  return level ?? new Problem(`"${value}" is not one of ${LOG_LEVELS.join(', ')}`);
}

const PROXY_NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

function checkProxies(value: string): readonly string[] | Problem {
  const entries = value.split(',').map((entry) => entry.trim());
  for (const entry of entries) {
    if (!PROXY_NAMES.has(entry) && !isNetwork(entry)) {
      return new Problem(
        `"${entry}" is not an address, a network such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal`,
      );
    }
  }
  return entries;
}

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

function unknownVariables(environment: Environment): SettingProblem[] {
  const known: readonly string[] = VARIABLES;
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('KARTOTEKA_') && !variable.startsWith('KARTOTEKA_TEST_'))
    .filter((variable) => !known.includes(variable))
    .map((variable) => {
      const near = nearest(variable, known);
      const hint = near === null ? `the settings are ${known.join(', ')}` : `did you mean ${near}?`;
      return { variable, reason: `there is no such setting; ${hint}` };
    });
}
