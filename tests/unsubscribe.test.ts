// The link by which people have no more mails to many, over HTTP: looking changes nothing, one post does, and nobody makes a link.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  signIn,
  startTestService,
  type TestService,
} from '../packages/service/src/testing/test-service.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
type Any = any;
let mail: MailServer;
let test: TestService;
let token = '';

beforeAll(async () => {
  mail = await startMailServer();
  const PUBLIC = 'https://crm.example.com';
  test = await startTestService({ SMTP_URL: mail.url, MAIL_FROM: 'crm@example.com', KARTOTEKA_PUBLIC_URL: PUBLIC });
  token = (await signIn(test.address, ADMIN.email, ADMIN.password)).access_token;
});
afterAll(async () => {
  await test?.stop();
  await mail?.close();
});

async function api(method: string, path: string, body?: unknown): Promise<Any> {
  const response = await callApi(test.address, token, method, `/api/v1/${path}`, body);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** A record that was written to, and the path of the link in its mail. */
async function written(set: string, address: string): Promise<{ id: string; link: string }> {
  const { id } = await api('POST', set, { [set === 'companies' ? 'name' : 'last_name']: 'P', email: address });
  expect(await api('POST', `${set}/send_message`, { subject: 'News', text: 'News', ids: [id] })).toMatchObject({
    sent: 1,
  });
  const mails = () => mail.mails.filter(({ to }) => to === address);
  await expect.poll(() => mails().length, { timeout: 15_000 }).toBe(1);
  const [sent] = mails();
  const [, link = ''] = /https:\/\/crm\.example\.com(\/public\/unsubscribe\/\S+)/.exec(sent?.parsed.text ?? '') ?? [];
  expect(sent?.raw).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  const list = sent?.parsed.headers.get('list') as Any;
  expect(list?.unsubscribe.url).toBe(`https://crm.example.com${link}`);
  return { id, link };
}

const page = (link: string, language = 'en') =>
  fetch(test.address + link, { headers: { 'accept-language': language } });

it('shows a page that changes nothing, and whose button ends mails to the record', async () => {
  const { id, link } = await written('contacts', 'one@example.com');
  const asked = await page(link, 'ru');
  expect([asked.status, await asked.text()]).toEqual([200, expect.stringMatching(/<button>Не получать<\/button>/)]);
  expect(asked.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect((await api('GET', `contacts(${id})`)).do_not_email).toBe(false);
  const body = new URLSearchParams();
  const answer = await fetch(test.address + link, { method: 'POST', body, headers: { 'accept-language': 'en' } });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/You get no more such e-mails/)]);
  expect((await api('GET', `contacts(${id})`)).do_not_email).toBe(true);
  expect(await (await page(link)).text()).toMatch(/You get no more/);
  // Again it is the same, and the next message passes the record over.
  const before = (await api('GET', `contacts(${id})`)).version;
  expect((await fetch(test.address + link, { method: 'POST', body })).status).toBe(200);
  expect((await api('GET', `contacts(${id})`)).version).toBe(before);
  const again = await api('POST', 'contacts/send_message', { subject: 'a', text: 'b', ids: [id] });
  expect(again).toMatchObject({ sent: 0, others: [{ id, reason: 'opted_out' }] });
});

it.each([
  ['multipart', 'leads'],
  ['urlencoded', 'companies'],
])('takes the post of a mail program: %s, %s', async (form, set) => {
  const { id, link } = await written(set, `${form}@example.com`);
  const body = form === 'multipart' ? new FormData() : new URLSearchParams();
  body.append('List-Unsubscribe', 'One-Click');
  expect((await fetch(test.address + link, { method: 'POST', body })).status).toBe(200);
  expect((await api('GET', `${set}(${id})`)).do_not_email).toBe(true);
});

const wantsNone = async (path: string): Promise<boolean> => (await api('GET', path)).do_not_email;

it('ends mails to all records with the address: copies, and leads and companies too', async () => {
  const { link } = await written('contacts', "o'copy@example.com");
  const copy = await api('POST', 'contacts', { last_name: 'Copy', second_email: "O'Copy@example.com" });
  const lead = await api('POST', 'leads', { last_name: 'Copy', email: "o'copy@example.com" });
  const other = await api('POST', 'contacts', { last_name: 'Other', email: 'copy@example.com' });
  expect((await fetch(test.address + link, { method: 'POST' })).status).toBe(200);
  expect([await wantsNone(`contacts(${copy.id})`), await wantsNone(`leads(${lead.id})`)]).toEqual([true, true]);
  expect(await wantsNone(`contacts(${other.id})`)).toBe(false);
});

it('ends mails to the contact that the lead of the link became', async () => {
  const { id, link } = await written('leads', 'converted@example.com');
  const { contact } = await api('POST', `leads(${id})/convert`, { contact: {} });
  expect((await fetch(test.address + link, { method: 'POST' })).status).toBe(200);
  expect([await wantsNone(`leads(${id})`), await wantsNone(`contacts(${contact.id})`)]).toEqual([true, true]);
});

it('ends mails to the record that the one of the link was merged into', async () => {
  const { id, link } = await written('contacts', 'merged@example.com');
  const kept = await api('POST', 'contacts', { last_name: 'Kept', email: 'kept@example.com' });
  await api('POST', `contacts(${kept.id})/merge`, { others: [id], take: { email: id } });
  expect([(await page(link)).status, await wantsNone(`contacts(${kept.id})`)]).toEqual([200, false]);
  expect((await fetch(test.address + link, { method: 'POST' })).status).toBe(200);
  expect(await wantsNone(`contacts(${kept.id})`)).toBe(true);
  expect(await (await page(link)).text()).toMatch(/You get no more/);
});

it('is nothing for a link that was not made, or whose record is gone, and slows down who tries', async () => {
  const { id, link } = await written('contacts', 'gone@example.com');
  const other = await api('POST', 'contacts', { last_name: 'Other', email: 'other@example.com' });
  const forged = link.replace(id.replaceAll('-', ''), other.id.replaceAll('-', ''));
  expect(forged).not.toBe(link);
  for (const bad of [forged, link.replace('contact.', 'lead.'), `${link}x`, '/public/unsubscribe/contact'])
    for (const method of ['GET', 'POST']) expect((await fetch(test.address + bad, { method })).status).toBe(404);
  expect((await api('GET', `contacts(${other.id})`)).do_not_email).toBe(false);
  await api('DELETE', `contacts(${id})`);
  for (const method of ['GET', 'POST']) expect((await fetch(test.address + link, { method })).status).toBe(404);
  const tries = await Promise.all(Array.from({ length: 60 }, () => page(`${link}x`)));
  expect(tries.at(-1)?.status === 429 || tries.some(({ status }) => status === 429)).toBe(true);
});
