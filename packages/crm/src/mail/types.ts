// What a mail is, and how mail is set up. Data shapes only.

export interface MailOptions {
  /** The server that takes mail, `smtp://user:password@host:587` or `smtps://...`; null: no mail is sent at all. */
  readonly smtpUrl: string | null;
  /** Sender of every mail, `Name <address>` or an address alone; null only without a server. */
  readonly from: string | null;
  /** Address under which recipients find this service, without a slash at the end; null: mails and feeds have no links. */
  readonly publicUrl: string | null;
  /** Milliseconds that the server has for connecting, for its greeting, and between two signs of life. */
  readonly timeoutMs: number;
  /** Seconds before the first repetition of what failed; each further one waits about twice as long, up to an hour. */
  readonly delaySeconds: number;
  /** Repetitions after which a mail is a dead letter. */
  readonly retries: number;
}

export const MAIL_DEFAULTS: MailOptions = {
  smtpUrl: null,
  from: null,
  publicUrl: null,
  timeoutMs: 15_000,
  delaySeconds: 30,
  // The last one about half a day after the first.
  retries: 16,
};

export interface MailAddress {
  readonly address: string;
  readonly name?: string;
}

/** An iCalendar object that goes with a mail; its method is told twice, as the standard wants it. */
export interface MailCalendar {
  readonly method: 'REQUEST' | 'CANCEL';
  readonly text: string;
}

/** One mail to one recipient. */
export interface Mail {
  /** What it is about, once: two mails of one key are the same mail, also to the recipient (it makes the Message-ID). */
  readonly key: string;
  readonly to: MailAddress;
  readonly subject: string;
  /** Plain text; addresses in it become links of the HTML part, which is made of it. */
  readonly text: string;
  /** Who writes, instead of the name in the settings; the address stays. */
  readonly fromName?: string;
  /** Somebody has written it: it does not call itself automatic. */
  readonly personal?: true;
  /** Where the recipient says, by one POST, that he wants no more of these (RFC 8058). */
  readonly unsubscribe?: string;
  /** The event that tells of it in the history of a record: it is told what becomes of the mail. */
  readonly eventId?: string;
  /** Where answers of people go; to the sender unless given. */
  readonly replyTo?: MailAddress;
  readonly calendar?: MailCalendar;
}
