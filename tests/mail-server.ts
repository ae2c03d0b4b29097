// A real SMTP server on this machine that keeps what it is sent, parsed back, and refuses what a test tells it to.
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface MailServer {
  readonly url: string;
  /** What it has taken, in this order. */
  readonly mails: ReceivedMail[];
  /** Answers of this code to a recipient or to contents; called at each. */
  refusal: (recipient: string, at: 'recipient' | 'data') => number | null;
  /** Connections that are open. */
  connections(): number;
  close(): Promise<void>;
}

export interface ReceivedMail {
  readonly to: string;
  readonly raw: string;
  readonly parsed: ParsedMail;
  /** The part of the type text/calendar; null: none. */
  readonly calendar: string | null;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, callback) => callback(errorOf(kept.refusal(address, 'recipient'))),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const to = session.envelope.rcptTo.map(({ address }) => address).join(',');
        const raw = Buffer.concat(chunks).toString();
        const parsed = await simpleParser(raw);
        const error = errorOf(kept.refusal(to, 'data'));
        if (error === null) mails.push({ to, raw, parsed, calendar: calendarOf(parsed) });
        callback(error);
      });
    },
    ...options,
  });
  const kept = { refusal: (_recipient: string, _at: 'recipient' | 'data'): number | null => null };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return Object.assign(kept, {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    connections: () => server.connections.size,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

function errorOf(responseCode: number | null): Error | null {
  return responseCode === null ? null : Object.assign(new Error('told to refuse'), { responseCode });
}

function calendarOf({ attachments }: ParsedMail): string | null {
  const found = attachments.find(({ contentType }) => contentType === 'text/calendar');
  return found === undefined ? null : found.content.toString();
}
