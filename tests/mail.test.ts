// Mail against a real SMTP server: what is sent is parsed back; what fails, is refused or is repeated.
import { systemPrincipal } from '@kartoteka/platform';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { enqueueMail } from '../packages/crm/src/mail/send.ts';
import type { Mail } from '../packages/crm/src/mail/types.ts';
import { notify } from '../packages/crm/src/notifications/notify.ts';
import { type Crm, startCrm } from './crm-kit.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

const names = ['mail.send'];
let server: MailServer;
let crm: Crm;

beforeAll(async () => {
  server = await startMailServer();
  crm = await startCrm({
    mail: {
      smtpUrl: server.url,
      from: 'Картотека <crm@example.com>',
      publicUrl: 'https://crm.example.com',
      retries: 2,
    },
  });
});
afterAll(async () => {
  await crm?.close();
  await server?.close();
});
afterEach(async () => {
  server.mails.length = 0;
  server.refusal = () => null;
});

let serial = 0;
const mailOf = (mail: Partial<Mail> = {}): Mail => {
  serial += 1;
  return { key: `test ${serial}`, to: { address: 'ivan@example.com' }, subject: 'Hello', text: 'Hello', ...mail };
};

/** Adds and sends; how many tries there were. */
async function send(mail: Mail): Promise<number> {
  await enqueueMail(crm.platform.database, mail);
  return crm.platform.jobs.runDue({ names });
}

/** Those that wait for their next try are due now; how many tries there were. */
async function tryAgain(): Promise<number> {
  await crm.platform.database.run(
    `update kartoteka_jobs.job set start_after = now() where name = 'mail.send' and state = 'retry'`,
  );
  return crm.platform.jobs.runDue({ names });
}

const deadReasons = async () => (await crm.platform.jobs.deadLetters()).map(({ reason }) => reason);

test('a mail arrives as text and as HTML, in any script, from the sender of the settings', async () => {
  const to = { address: 'пётр@почта.рф', name: 'Пётр "П", <Ильич>' };
  const text = 'Здравствуйте & <b>!\nСм. https://crm.example.com/a?b=1&c="x.\n\nДо встречи';
  const subject = `Встреча ${'очень '.repeat(30)}важная 😀`;
  expect(await send(mailOf({ to, subject, text, replyTo: { address: 'owner@example.com', name: 'Owner' } }))).toBe(1);
  const [mail] = server.mails;
  expect(server.mails).toHaveLength(1);
  expect(mail?.to).toBe('пётр@почта.рф');
  expect(mail?.parsed.subject).toBe(subject);
  expect(mail?.parsed.from?.value).toEqual([{ address: 'crm@example.com', name: 'Картотека' }]);
  expect(mail?.parsed.replyTo?.value).toEqual([{ address: 'owner@example.com', name: 'Owner' }]);
  expect(mail?.parsed.text?.trim()).toBe(text);
  expect(mail?.parsed.html).toContain('Здравствуйте &amp; &lt;b&gt;!<br>');
  expect(mail?.parsed.html).toContain('<a href="https://crm.example.com/a?b=1&amp;c=">');
  expect(mail?.parsed.html).toContain('<p>До встречи</p>');
  expect(mail?.parsed.headers.get('auto-submitted')).toBe('auto-generated');
  for (const line of (mail?.raw ?? '').split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThan(999);
});

test('nothing in a subject, a name or a text becomes a header or another recipient', async () => {
  const evil = 'Hi\r\nBcc: victim@example.com\r\n\r\nbody\u2028x\u0000y';
  await send(
    mailOf({
      subject: evil,
      to: { address: 'ivan@example.com', name: evil },
      replyTo: { address: 'a@example.com', name: evil },
    }),
  );
  const [mail] = server.mails;
  expect(mail?.to).toBe('ivan@example.com');
  expect([...(mail?.parsed.headers.keys() ?? [])]).not.toContain('bcc');
  expect(mail?.parsed.subject).toBe('Hi Bcc: victim@example.com body x y');
  expect(mail?.parsed.text?.trim()).toBe('Hello');
});

test.each([
  'a@example.com\r\nRCPT TO:<victim@example.com>',
  'a@example.com, b@example.com',
  'A <a@example.com>',
  'a@example.com>',
  '"a b"@example.com',
  'a@b@example.com',
  '.a@example.com',
  'nobody',
  'a@',
  `${'a'.repeat(65)}@example.com`,
])('what is not one plain address is not sent to: %j', async (address) => {
  const before = (await deadReasons()).length;
  expect(await send(mailOf({ to: { address } }))).toBe(1);
  expect(server.mails).toEqual([]);
  const [reason, ...others] = await deadReasons();
  expect(others).toHaveLength(before);
  expect(reason).toMatch(/is no address to send mail to/);
});

test('what fails for the moment is tried again and arrives once, under the same Message-ID', async () => {
  let refusals = 0;
  server.refusal = (_, at) => (at === 'data' && refusals++ === 0 ? 451 : null);
  const mail = mailOf();
  expect([await send(mail), await tryAgain(), await tryAgain()]).toEqual([1, 1, 0]);
  expect(await send(mail)).toBe(1);
  const ids = server.mails.map(({ parsed }) => parsed.messageId);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
  expect(ids[1]).toBe(ids[0]);
  await send(mailOf());
  expect(server.mails[2]?.parsed.messageId).not.toBe(ids[0]);
});

test('what the server refuses for good is a dead letter at once, and can be sent again later', async () => {
  server.refusal = (_, at) => (at === 'recipient' ? 550 : null);
  expect(await send(mailOf())).toBe(1);
  const [letter] = await crm.platform.jobs.deadLetters();
  expect(letter).toMatchObject({ job: 'mail.send', attempts: 1, reason: expect.stringMatching(/refused it.*550/) });
  server.refusal = () => null;
  await crm.platform.jobs.replay([letter?.id ?? '']);
  expect(await crm.platform.jobs.runDue({ names })).toBe(1);
  expect(server.mails).toHaveLength(1);
});

test('a server that never takes it is asked as often as it is said, and no more', async () => {
  server.refusal = (_, at) => (at === 'data' ? 451 : null);
  expect([await send(mailOf()), await tryAgain(), await tryAgain(), await tryAgain()]).toEqual([1, 1, 1, 0]);
  expect((await deadReasons())[0]).toMatch(/451/);
});

test('one that waits already is not added again', async () => {
  const mail = mailOf();
  await enqueueMail(crm.platform.database, mail);
  expect(await send(mail)).toBe(1);
  expect(server.mails).toHaveLength(1);
});

test('a server that accepts and says nothing is given up after its time, and the node closes its connections', async () => {
  const silent = await startMailServer({ onConnect: () => {} });
  const other = await startCrm({
    mail: { smtpUrl: silent.url, from: 'crm@example.com', retries: 0, timeoutMs: 200 },
  });
  await enqueueMail(other.platform.database, mailOf());
  const started = performance.now();
  expect(await other.platform.jobs.runDue({ names })).toBe(1);
  expect(performance.now() - started).toBeLessThan(5_000);
  expect((await other.platform.jobs.deadLetters())[0]?.reason).toMatch(/greeting|timeout/i);
  await other.close();
  await silent.close();
  await send(mailOf());
  expect(server.connections()).toBe(1);
});

test('closing the platform closes the connections to the server', async () => {
  const own = await startMailServer();
  const other = await startCrm({ mail: { smtpUrl: own.url, from: 'crm@example.com' } });
  await enqueueMail(other.platform.database, mailOf());
  await other.platform.jobs.runDue({ names });
  expect(own.connections()).toBe(1);
  await other.close();
  await expect.poll(() => own.connections()).toBe(0);
  await own.close();
});

test('a password is not told to a server elsewhere without TLS', async () => {
  const asked: string[] = [];
  const open = await startMailServer({
    authMethods: ['PLAIN'],
    onAuth: ({ username }, _session, callback) => {
      asked.push(username ?? '');
      callback(null, { user: username });
    },
  });
  const { port } = new URL(open.url);
  const run = async (host: string) => {
    const smtpUrl = `smtp://crm:pass%40word@${host}:${port}`;
    const other = await startCrm({ mail: { smtpUrl, from: 'crm@example.com', retries: 0 } });
    await enqueueMail(other.platform.database, mailOf());
    await other.platform.jobs.runDue({ names });
    await other.close();
  };
  await run('127.0.0.1');
  expect([asked, open.mails.length]).toEqual([['crm'], 1]);
  // Another name of this machine, which does not say so.
  await run('[::ffff:127.0.0.1]');
  expect([asked, open.mails.length]).toEqual([['crm'], 1]);
  await open.close();
});

test('what comes into an inbox is mailed once to those who want it, with a link to what it is about', async () => {
  const [anna, boris, off] = [
    await crm.user('Anna', ['sales_representative']),
    await crm.user('Boris', ['sales_representative']),
    await crm.user('Gone', ['sales_representative']),
  ];
  const lead = await crm.create('leads', { last_name: 'Ivanova' });
  expect((await crm.call(boris, 'POST', '/change_my_settings', { notify_by_email: false })).status).toBe(200);
  expect((await crm.call(crm.admin, 'GET', `/users(${boris.id})`)).json.notify_by_email).toBe(false);
  await crm.call(crm.admin, 'PATCH', `/users(${off.id})`, { active: false });
  const told = [anna, boris, off].map(({ id }) => ({
    ...{ key: 'reminder 1', recipientId: id, kind: 'reminder', subject: 'Call Ivanova' },
    ...{ text: 'At ten', regarding: { id: lead.id, type: 'lead' } },
  }));
  const tell = () => crm.platform.transaction(systemPrincipal(), ({ system }) => notify(system, told));
  await tell();
  await tell();
  await crm.platform.jobs.runDue({ names });
  expect(server.mails.map(({ to }) => to)).toEqual(['anna@example.com']);
  expect(server.mails[0]?.parsed.subject).toBe('Call Ivanova');
  expect(server.mails[0]?.parsed.text?.trim()).toBe(
    `Call Ivanova\n\nAt ten\n\nhttps://crm.example.com/records/leads/${lead.id}`,
  );
});

test('a notification that does not come about is not mailed', async () => {
  const anna = await crm.principal(
    (await crm.call(crm.admin, 'GET', `/users?$filter=full_name eq 'Anna'`)).json.value[0].id,
  );
  const one = { key: 'undone', recipientId: anna.id, kind: 'message', subject: 'No' };
  const undone = crm.platform.transaction(systemPrincipal(), async ({ system }) => {
    await notify(system, [one]);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await crm.platform.jobs.runDue({ names })).toBe(0);
});

test('without a mail server nothing is kept to be sent', async () => {
  const other = await startCrm();
  const anna = await other.user('Anna', ['sales_representative']);
  const one = { key: 'unmailed', recipientId: anna.id, kind: 'message', subject: 'Hello' };
  await other.platform.transaction(systemPrincipal(), ({ system }) => notify(system, [one]));
  const [row] = await other.platform.database.run(
    `select count(*)::text as n from kartoteka_jobs.job where name = 'mail.send'`,
  );
  expect(row?.n).toBe('0');
  await other.close();
});

test('a reminder is mailed once, when its time has come', async () => {
  const rita = await crm.user('Rita Mind', ['sales_representative']);
  const soon = new Date(Date.now() - 1_000).toISOString();
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await crm.create('activities', { subject: 'Call Petrov', due_on: later, reminder_on: soon }, rita);
  await crm.create('activities', { subject: 'Not yet', due_on: later, reminder_on: later }, rita);
  const reminding = { names: ['activity.remind', 'mail.send'] };
  await crm.platform.jobs.runDue(reminding);
  await crm.platform.jobs.runDue(reminding);
  expect(server.mails.map(({ to, parsed }) => [to, parsed.subject?.includes('Call Petrov')])).toEqual([
    ['rita.mind@example.com', true],
  ]);
  expect(server.mails[0]?.parsed.text).toContain('https://crm.example.com/records/activities/');
});
