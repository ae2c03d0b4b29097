// The way to the SMTP server: one pool of connections per node, opened by the first mail and closed with the platform. It says of a
// failure whether another try makes sense.
import { isIP } from 'node:net';
import { PermanentFailure } from '@kartoteka/platform';
import { createTransport, type SendMailOptions, type SMTPPoolOptions } from 'nodemailer';
import type { MailOptions } from './types.ts';

/** Mails that a node sends at the same time. */
export const MAIL_CONNECTIONS = 4;

export interface MailTransport {
  /** Resolves when the server has taken it. Throws PermanentFailure when it will never take it. */
  send(message: SendMailOptions, signal: AbortSignal): Promise<void>;
  /** Ends its connections; what is being sent fails. */
  close(): void;
}

/** Nothing is opened before the first mail. @throws Error for a URL that `smtpProblem` refuses */
export function mailTransport({ smtpUrl, timeoutMs }: Pick<MailOptions, 'smtpUrl' | 'timeoutMs'>): MailTransport {
  const open = () => createTransport(poolOptions(new URL(smtpUrl ?? ''), timeoutMs));
  let pool: ReturnType<typeof open> | undefined;
  return {
    async send(message, signal) {
      pool ??= open();
      try {
        await pool.sendMail({ ...message, signal });
      } catch (error) {
        throw failureOf(error);
      }
    },
    close() {
      pool?.close();
      pool = undefined;
    },
  };
}

/** Why a text is no address of an SMTP server; null: it is. What it holds is not repeated: there may be a password in it. */
export function smtpProblem(text: string): string | null {
  const example = 'smtp://user:password@mail.example.com:587';
  if (!URL.canParse(text)) return `is not a URL; it looks like ${example}`;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return `begins neither with smtp:// nor with smtps://: ${example}`;
  if (hostname === '') return `names no host; it looks like ${example}`;
  if (pathname.length > 1 || search !== '' || hash !== '') return `has more than a host and a port: ${example}`;
  if (!isEncoded(username) || !isEncoded(password))
    return 'has a % in its user or password that encodes nothing; write %25';
  if ((username === '') !== (password === '')) return `has a user without a password, or the reverse: ${example}`;
  return null;
}

function isEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text) !== null;
  } catch {
    return false;
  }
}

/** A password never goes over a network in the clear: beyond this machine the server must offer TLS before it is told. */
function poolOptions(url: URL, timeoutMs: number): SMTPPoolOptions & { pool: true } {
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'smtps:';
  const hasLogin = url.username !== '';
  return {
    pool: true,
    host,
    port: url.port === '' ? (isSecure ? 465 : 587) : Number(url.port),
    secure: isSecure,
    requireTLS: !isSecure && hasLogin && !isOwnMachine(host),
    ...(hasLogin ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } } : {}),
    maxConnections: MAIL_CONNECTIONS,
    // Trying again is the job's business, which is seen and counted.
    maxRequeues: 0,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    idleTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function isOwnMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Commands whose refusal with 5xx is about this mail. That of a login or a greeting is about the set-up, which may be mended. */
const ABOUT_THE_MAIL: ReadonlySet<string> = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

function failureOf(error: unknown): Error {
  const { responseCode, command, message } = error as { responseCode?: number; command?: string; message?: string };
  const isFinal = responseCode !== undefined && responseCode >= 500 && ABOUT_THE_MAIL.has(command ?? '');
  if (isFinal) return new PermanentFailure(`The mail server refused it: ${message}`);
  return error instanceof Error ? error : new Error(String(error));
}
