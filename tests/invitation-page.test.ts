// The page of an invitation over HTTP: what it shows, that looking changes nothing, and who finds nothing there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  const settings = {
    SMTP_URL: mail.url,
    MAIL_FROM: 'crm@example.com',
    KARTOTEKA_PUBLIC_URL: 'https://crm.example.com',
  };
  test = await startTestService(settings);
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

let serial = 0;
/** A meeting with one who is invited, and the path of his link. */
async function invited(times: object = {}): Promise<{ meeting: Any; participant: Any; link: string }> {
  serial += 1;
  const subject = `<b>Meeting</b> ${serial}`;
  const when = { starts_on: '2030-11-24T09:30:00Z', due_on: '2030-11-24T10:30:00Z', ...times };
  const meeting = await api('POST', 'activities', { kind: 'meeting', subject, place: 'Secret room', ...when });
  const contact = await api('POST', 'contacts', { last_name: 'C', email: `c${serial}@example.com` });
  const person = { activity_id: meeting.id, participant_id: contact.id, participant_type: 'contact' };
  const participant = await api('POST', 'activity_participants', person);
  await api('POST', `activities(${meeting.id})/invite`, {});
  return { meeting, participant, link: await linkOf(`c${serial}@example.com`, 1) };
}

async function linkOf(address: string, count: number): Promise<string> {
  const mails = () => mail.mails.filter(({ to }) => to === address);
  await expect.poll(() => mails().length, { timeout: 15_000 }).toBe(count);
  return (
    /https:\/\/crm\.example\.com(\/public\/invitations\/\S+)/.exec(mails()[count - 1]?.parsed.text ?? '')?.[1] ?? ''
  );
}

const look = (link: string, language = 'en') =>
  fetch(`${test.address}${link}`, { headers: { 'accept-language': language } });
const press = (link: string, reply: string) =>
  fetch(`${test.address}${link}`, { method: 'POST', body: new URLSearchParams({ reply }) });
const replyOf = async ({ id }: Any): Promise<string> => (await api('GET', `activity_participants(${id})`)).reply;

describe('the page of an invitation', () => {
  it('shows subject and time with buttons, in the language of the reader, runs no script, and changes nothing', async () => {
    const { participant, link } = await invited();
    const page = await look(link);
    const html = await page.text();
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    );
    expect(html).toContain('&lt;b&gt;Meeting&lt;/b&gt;');
    expect(html).toContain('November 24, 2030');
    expect(html).toContain('>Decline</button>');
    expect(html).not.toMatch(/<script|Secret room|c\d+@example/);
    expect(await (await look(link, 'ru')).text()).toContain('>Отклонить</button>');
    expect(await replyOf(participant)).toBe('none');
  });

  it('stores the reply of a button, which can be changed, and tells the owner', async () => {
    const { meeting, participant, link } = await invited();
    const answer = await press(link, 'accepted');
    expect([answer.status, (await answer.text()).includes('You have accepted.')]).toEqual([200, true]);
    expect(await replyOf(participant)).toBe('accepted');
    expect((await press(link, 'declined')).status).toBe(200);
    expect(await replyOf(participant)).toBe('declined');
    const inbox = await api(
      'GET',
      `notifications?$filter=regarding_id eq ${meeting.id} and kind eq 'reply'&$orderby=created_on`,
    );
    expect(inbox.value.map(({ subject }: Any) => /accepted|declined/.exec(subject)?.[0])).toEqual([
      'accepted',
      'declined',
    ]);
    for (const wrong of ['none', '', 'accepted&reply=declined']) expect((await press(link, wrong)).status).toBe(400);
  });

  it('takes no reply any more when the meeting has changed, is over or is cancelled', async () => {
    const { meeting, participant, link } = await invited();
    await api('PATCH', `activities(${meeting.id})`, { starts_on: '2030-11-24T09:00:00Z', subject: 'Renamed' });
    const next = await linkOf(`c${serial}@example.com`, 2);
    const old = await (await press(link, 'accepted')).text();
    expect(old).toContain('has changed since this mail');
    expect(old).not.toMatch(/Renamed|<button/);
    expect(await replyOf(participant)).toBe('none');
    expect((await press(next, 'tentative')).status).toBe(200);
    expect(await replyOf(participant)).toBe('tentative');
    await api('PATCH', `activities(${meeting.id})`, { status: 'cancelled' });
    await linkOf(`c${serial}@example.com`, 3);
    const cancelled = await (await press(next, 'declined')).text();
    expect([cancelled.includes('has been cancelled'), cancelled.includes('<button')]).toEqual([true, false]);
    expect(await replyOf(participant)).toBe('tentative');
    const past = await invited({ starts_on: '2020-11-24T09:30:00Z', due_on: '2020-11-24T10:30:00Z' });
    expect(await (await press(past.link, 'accepted')).text()).toContain('is over');
    expect(await replyOf(past.participant)).toBe('none');
  });

  it('is not there for a link that is not ours, in whatever it differs, and trying many is slowed down', async () => {
    const [one, other] = [await invited(), await invited()];
    const [id = '', sequence, signature = ''] = one.link.split('/').pop()?.split('.') ?? [];
    const [otherId] = other.link.split('/').pop()?.split('.') ?? [];
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const wrong = [
      `${id}.${sequence}.${flipped}`,
      `${otherId}.${sequence}.${signature}`,
      `${id}.1.${signature}`,
      'x',
      `${id}..`,
    ];
    for (const each of wrong) {
      expect((await look(`/public/invitations/${each}`)).status).toBe(404);
      expect((await press(`/public/invitations/${each}`, 'accepted')).status).toBe(404);
    }
    expect(await replyOf(one.participant)).toBe('none');
    const statuses = new Set<number>();
    for (let n = 0; n < 30; n += 1) statuses.add((await look(`/public/invitations/guess${n}`)).status);
    expect([...statuses].sort()).toEqual([404, 429]);
    expect((await press(one.link, 'accepted')).status).toBe(429);
    expect((await look(one.link)).status).toBe(200);
  });

  it('of an invitation is not in the log, nor is its secret', () => {
    const said = test.lines.join('\n');
    expect(said).toContain('/public/invitations/');
    for (const { parsed } of mail.mails) {
      const signature = /invitations\/[\w-]+\.\d+\.(\S+)/.exec(parsed.text ?? '')?.[1];
      if (signature !== undefined) expect(said).not.toContain(signature);
    }
  });
});
