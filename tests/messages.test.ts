// Messages by e-mail to records: sent through a real SMTP server, in the history of each record, with the rights of who sends.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

const PUBLIC = 'https://crm.example.com';
const role = (name: string, body: object): SourceDocument => ({
  ...{ kind: 'role', name, layer: 'custom', source: name },
  body: { name, label: { en: name }, ...body },
});
const READER = role('x_reader', {
  privileges: { contact: { read: 'organization', append_to: 'user' }, user: { read: 'organization' } },
  capabilities: ['send_to_many'],
});
const WRITER = role('x_writer', { privileges: { event: { create: 'user', read: 'user', append: 'user' } } });

let server: MailServer;
let crm: Crm;
let seller: Principal;
let manager: Principal;

beforeAll(async () => {
  server = await startMailServer();
  const documents = [...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)), READER, WRITER];
  crm = await startCrm({
    documents,
    mail: { smtpUrl: server.url, from: 'CRM <crm@example.com>', publicUrl: PUBLIC, retries: 2 },
  });
  seller = await crm.user('Anna Seller', ['sales_representative']);
  manager = await crm.user('Max Manager', ['sales_manager']);
});
afterAll(async () => {
  await crm?.close();
  await server?.close();
});
afterEach(() => {
  server.mails.length = 0;
  server.refusal = () => null;
});

const deliver = () => crm.platform.jobs.runDue({ names: ['mail.send'] });
const send = (path: string, body: object, who: Principal = seller) =>
  crm.call(who, 'POST', `${path}/send_message`, body);
const details = (json: { details: { target: string; message: string }[] }) =>
  json.details.map(({ target, message }) => `${target}: ${message}`);
let serial = 0;
const contact = (values: object = {}, who: Principal = seller) => {
  serial += 1;
  return crm.create(
    'contacts',
    { last_name: `Person ${serial}`, email: `person${serial}@example.com`, ...values },
    who,
  );
};

test('a message goes to the address of the record, and into its history', async () => {
  const person = await contact({ first_name: 'Иван' });
  const { status, json } = await send(`/contacts(${person.id})`, {
    subject: 'Цена',
    text: 'Добрый день, {{first_name}}!',
  });
  expect([status, json.address]).toEqual([200, person.email]);
  const event = (await crm.call(seller, 'GET', `/events(${json.event_id})`)).json;
  expect(event).toMatchObject({
    ...{ kind: 'message', direction: 'outgoing', address: person.email, subject: 'Цена', text: 'Добрый день, Иван!' },
    ...{ regarding_id: person.id, created_by_id: seller.id },
  });
  expect(await deliver()).toBe(1);
  const [mail] = server.mails;
  expect(mail?.to).toBe(person.email);
  expect(mail?.parsed).toMatchObject({ subject: 'Цена' });
  expect(mail?.parsed.text?.trim()).toBe('Добрый день, Иван!');
  expect(mail?.parsed.from?.value).toEqual([{ address: 'crm@example.com', name: 'Anna Seller' }]);
  expect(mail?.parsed.replyTo?.value[0]?.address).toBe('anna.seller@example.com');
  // Somebody wrote it to somebody: it does not call itself automatic, and has no link to be rid of it.
  expect([mail?.parsed.headers.has('auto-submitted'), mail?.parsed.headers.has('list')]).toEqual([false, false]);
  const timeline = (await crm.call(seller, 'GET', `/contacts(${person.id})/timeline?kinds=event`)).json;
  expect(timeline.value.map(({ id }: { id: string }) => id)).toEqual([json.event_id]);
});

test('who wants no mail, or has no address, gets none, and nothing is written', async () => {
  const cases = [
    [await contact({ do_not_email: true }), /wants no e-mail/],
    [await contact({ email: null }), /no e-mail address/],
  ] as const;
  for (const [person, reason] of cases) {
    const { status, json } = await send(`/contacts(${person.id})`, { subject: 'a', text: 'b' });
    expect([status, json.code]).toEqual([400, 'rule_violated']);
    expect(json.message).toMatch(reason);
    expect((await crm.call(seller, 'GET', `/contacts(${person.id})/events`)).json.value).toEqual([]);
  }
  expect(await deliver()).toBe(0);
});

test('the second address counts where it is asked for, or is the only one', async () => {
  const person = await contact({ second_email: 'second@example.com' });
  const message = { subject: 'a', text: 'b' };
  const to = async (more: object) => (await send(`/contacts(${person.id})`, { ...message, ...more })).json.address;
  expect(await to({ property: 'second_email' })).toBe('second@example.com');
  await crm.call(seller, 'PATCH', `/contacts(${person.id})`, { email: null });
  expect(await to({})).toBe('second@example.com');
  const { status, json } = await send(`/contacts(${person.id})`, { ...message, property: 'last_name' });
  expect([status, json.code]).toEqual([400, 'invalid_arguments']);
  expect(details(json)).toEqual([expect.stringMatching(/^property: .*email, second_email/)]);
  await deliver();
});

test('who may not write into the history sends nothing', async () => {
  const person = await contact({}, crm.admin);
  const reader = await crm.user('Reader', ['x_reader']);
  const one = await send(`/contacts(${person.id})`, { subject: 'a', text: 'b' }, reader);
  expect([one.status, one.json.code]).toEqual([403, 'missing_privilege']);
  const many = await send('/contacts', { subject: 'a', text: 'b', ids: [person.id] }, reader);
  expect([many.status, many.json.code]).toEqual([403, 'missing_privilege']);
  // A history of his own, and this record is not for him to append to.
  const writer = await crm.user('Writer', ['x_reader', 'x_writer']);
  const { json } = await send('/contacts', { subject: 'a', text: 'b', ids: [person.id] }, writer);
  expect(json).toMatchObject({ found: 1, sent: 0, others: [{ id: person.id, reason: 'refused' }] });
  expect(json.others[0].message).toMatch(/^You do not have the privilege create/);
  expect(await deliver()).toBe(0);
});

test('an address whose first record is refused gets the message of the next one', async () => {
  const writer = await crm.user('Second Writer', ['x_reader', 'x_writer']);
  const email = 'shared@example.com';
  const foreign = [await contact({ email }, crm.admin), await contact({ email }, crm.admin)];
  const own = await contact({ email, owner_id: writer.id }, crm.admin);
  const last = await contact({ email, owner_id: writer.id }, crm.admin);
  const ids = [...foreign, own, last].map(({ id }) => id);
  const { json } = await send('/contacts', { subject: 'a', text: 'b', ids }, writer);
  expect(json).toMatchObject({ found: 4, sent: 1 });
  const reasons = Object.fromEntries(json.others.map(({ id, reason }: { id: string; reason: string }) => [id, reason]));
  const refused = Object.fromEntries(foreign.map(({ id }) => [id, 'refused']));
  expect(reasons).toEqual({ ...refused, [last.id]: 'same_address' });
  expect(await deliver()).toBe(1);
  const events = `/contacts(${own.id})/events?$filter=kind eq 'message'`;
  expect((await crm.call(crm.admin, 'GET', events)).json.value).toHaveLength(1);
});

test.each([
  [{ text: 'b' }, 'subject'],
  [{ subject: 'a' }, 'text'],
  [{ subject: ' ', text: 'b' }, 'subject'],
  [{ subject: '{{nothing}}', text: 'b' }, 'subject'],
  [{ subject: 'a', text: '{{company/nothing}}' }, 'text'],
  [{ subject: 'a', text: '{{events/subject}}' }, 'text'],
  [{ subject: 'a', text: '{{address}}' }, 'text'],
  [{ subject: 'a', text: 'Dear {{first_name' }, 'text'],
  [{ subject: 'a'.repeat(301), text: 'b' }, 'subject'],
])('what cannot be sent is refused with its place: %j', async (body, target) => {
  const person = await contact();
  const { status, json } = await send(`/contacts(${person.id})`, body);
  expect([status, json.code, json.details.map((each: { target: string }) => each.target)]).toEqual([
    ...[400, 'invalid_arguments', [target]],
  ]);
});

test('placeholders are filled as people read values: labels, dates, other records, or what stands for nothing', async () => {
  const company = await crm.create('companies', { name: 'Ring & Co' }, seller);
  const person = await contact({
    company_id: company.id,
    salutation: 'mr',
    consent_date: '2024-02-29',
    personal_data_consent: true,
  });
  const text =
    '{{salutation}}|{{ consent_date }}|{{company/name}}|{{first_name|friend}}|{{sender/full_name}}|{{do_not_call}}|{{job_title}}{ {{{job_title}}{ }.';
  const { json } = await send(`/contacts(${person.id})`, { subject: '{{company/name}}', text });
  const event = (await crm.call(seller, 'GET', `/events(${json.event_id})`)).json;
  expect(event.subject).toBe('Ring & Co');
  expect(event.text).toMatch(
    /^[^|]+\|(29 февраля 2024 г\.|February 29, 2024)\|Ring & Co\|friend\|Anna Seller\|(нет|no)\|\{ \{\{ \}\.$/,
  );
  expect(event.text).not.toMatch(/^mr/);
  await deliver();
});

test('what the sender may not read is in no text', async () => {
  const person = await contact();
  const { status, json } = await send(`/contacts(${person.id})`, { subject: 'a', text: '{{birth_date|today}}' });
  expect([status, json.code, json.message]).toEqual([400, 'rule_violated', expect.stringMatching(/birth_date/)]);
});

test('a message to many: once to each address, passed over who wants none, each in its history', async () => {
  const job_title = 'x many';
  const [first, second, third, fourth, none] = [
    await contact({ job_title, first_name: 'Ann' }),
    await contact({ job_title }),
    await contact({ job_title, do_not_email: true }),
    await contact({ job_title, email: null }),
    crypto.randomUUID(),
  ];
  const same = await contact({ job_title, email: first.email.toUpperCase() });
  const message = { subject: 'News', text: 'Hello {{first_name|friend}}' };
  const dry = await send('/contacts', { ...message, filter: `job_title eq '${job_title}'`, dry_run: true }, manager);
  expect(dry.json).toMatchObject({ found: 5, sent: 2 });
  expect((await crm.call(manager, 'GET', `/contacts(${first.id})/events`)).json.value).toEqual([]);
  expect(await deliver()).toBe(0);
  const ids = [none, ...[first, second, third, fourth, same].map(({ id }) => id)];
  const { status, json } = await send('/contacts', { ...message, ids }, manager);
  expect([status, json.found, json.sent]).toEqual([200, 5, 2]);
  const reasons = Object.fromEntries(json.others.map(({ id, reason }: { id: string; reason: string }) => [id, reason]));
  expect(reasons).toEqual({
    ...{ [none]: 'not_found', [third.id]: 'opted_out', [fourth.id]: 'no_address', [same.id]: 'same_address' },
  });
  expect(json.skipped.every(({ count }: { count: number }) => count === 1)).toBe(true);
  expect(await deliver()).toBe(2);
  const texts = new Map(server.mails.map(({ to, parsed }) => [to, parsed.text ?? '']));
  expect(texts.get(first.email)).toMatch(/^Hello Ann\n\n\S.*: https:\/\/crm\.example\.com\/public\/unsubscribe\//);
  expect(texts.get(second.email)).toMatch(/^Hello friend/);
  const [{ parsed } = { parsed: undefined }] = server.mails;
  expect(parsed?.headers.get('list')).toMatchObject({ unsubscribe: { url: expect.stringMatching(/^https:/) } });
  expect(parsed?.headers.get('auto-submitted')).toBe('auto-generated');
  const events = (await crm.call(manager, 'GET', `/contacts(${second.id})/events`)).json.value;
  expect(events).toMatchObject([{ kind: 'message', direction: 'outgoing', text: 'Hello friend' }]);
});

test('many are written to in parts, none twice and none left out', async () => {
  const records = Array.from({ length: 650 }, (_, at) => ({
    ...{ last_name: `Bulk ${at}`, email: `bulk${at}@example.com`, job_title: 'x bulk' },
  }));
  await crm.call(manager, 'POST', '/contacts/bulk', { records });
  const { json } = await send('/contacts', { subject: 'a', text: 'b', filter: "job_title eq 'x bulk'" }, manager);
  expect(json).toEqual({ '@odata.context': expect.any(String), found: 650, sent: 650, skipped: [], others: [] });
  const { json: counted } = await crm.call(
    ...([
      manager,
      'GET',
      "/events?$filter=kind eq 'message' and text eq 'b' and startswith(address,'bulk')&$count=true&$top=0",
    ] as const),
  );
  expect(counted['@odata.count']).toBe(650);
  const [{ count }] = (await crm.platform.database.run(
    `select count(distinct data->'to'->>'address')::int as count from kartoteka_jobs.job where name = 'mail.send' and state = 'created'`,
  )) as unknown as readonly [{ count: string }];
  expect(Number(count)).toBe(650);
  await crm.platform.database.run(`delete from kartoteka_jobs.job where name = 'mail.send'`);
});

test.each([
  [{}, 'filter'],
  [{ filter: 'true', ids: [] }, 'ids'],
  [{ ids: [] }, 'ids'],
  [{ filter: 'nothing eq 1' }, undefined],
])('a message to many says to whom: %j', async (body, target) => {
  const { status, json } = await send('/contacts', { subject: 'a', text: 'b', ...body }, manager);
  expect(status).toBe(400);
  if (target !== undefined) expect(json.target ?? json.details[0].target).toBe(target);
});

test('to many writes who has the capability for it', async () => {
  const { status, json } = await send('/contacts', { subject: 'a', text: 'b', filter: 'true' }, seller);
  expect([status, json.code]).toEqual([403, 'missing_capability']);
});

test('ten thousand at most are written to; more are refused as a whole', async () => {
  const ids = Array.from({ length: 10_001 }, () => crypto.randomUUID());
  const message = { subject: 'a', text: 'b', dry_run: true };
  const { status, json } = await send('/contacts', { ...message, ids }, manager);
  expect([status, json.code]).toEqual([400, 'invalid_arguments']);
  const allowed = await send('/contacts', { ...message, ids: ids.slice(1) }, manager);
  expect(allowed.json).toMatchObject({ found: 0, sent: 0, skipped: [{ reason: 'not_found', count: 10_000 }] });
  const record = (at: number) => ({ last_name: 'Edge', job_title: 'x edge', email: `edge${at}@example.com` });
  for (let from = 0; from < 10_001; from += 1_000) {
    const records = Array.from({ length: Math.min(1_000, 10_001 - from) }, (_, at) => record(from + at));
    await crm.call(manager, 'POST', '/contacts/bulk', { records });
  }
  const tooMany = await send('/contacts', { ...message, filter: "job_title eq 'x edge'" }, manager);
  expect([tooMany.status, tooMany.json.code]).toEqual([400, 'limit_exceeded']);
  const filter = "job_title eq 'x edge' and email ne 'edge7@example.com'";
  expect((await send('/contacts', { ...message, filter }, manager)).json).toMatchObject({
    found: 10_000,
    sent: 10_000,
  });
});

test('a template is held against its entity when it is saved, and fills messages', async () => {
  const template = { name: 'Welcome', subject: 'Hi {{first_name|there}}', text: 'Yours, {{sender/full_name}}' };
  const { id } = await crm.create('message_templates', template, manager);
  const person = await contact({ first_name: 'Eve' });
  const sent = await send(`/contacts(${person.id})`, { template_id: id });
  const event = (await crm.call(seller, 'GET', `/events(${sent.json.event_id})`)).json;
  expect(event).toMatchObject({ subject: 'Hi Eve', text: 'Yours, Anna Seller' });
  const lead = await crm.create('leads', { last_name: 'L', email: 'lead@example.com' }, seller);
  for (const body of [{ template_id: id }, { template_id: crypto.randomUUID() }])
    expect(details((await send(`/leads(${lead.id})`, body)).json)).toEqual([expect.stringMatching(/^template_id: /)]);
  expect(details((await send(`/contacts(${person.id})`, { template_id: id, text: 'x' })).json)).toEqual([
    expect.stringMatching(/^text: /),
  ]);
  const save = (values: object) => crm.call(manager, 'PATCH', `/message_templates(${id})`, values);
  const refused = [{ text: '{{nothing}}' }, { record_type: 'deal' }, { record_type: 'nobody' }, { subject: '{{a' }];
  for (const values of refused) {
    const { status, json } = await save(values);
    expect([status, json.target ?? json.details[0].target]).toEqual([400, Object.keys(values)[0]]);
  }
  // The text has no placeholder that only contacts have.
  expect((await save({ record_type: 'lead' })).status).toBe(204);
  expect((await save({ text: '{{job_title}} {{company/name}}' })).status).toBe(400);
  await deliver();
});

test('a service without a mail server sends nothing', async () => {
  const bare = await startCrm();
  try {
    const person = await bare.create('contacts', { last_name: 'P', email: 'p@example.com' });
    for (const path of [`/contacts(${person.id})`, '/contacts']) {
      const { status, json } = await bare.call(bare.admin, 'POST', `${path}/send_message`, {
        ...{ subject: 'a', text: 'b', ...(path === '/contacts' ? { filter: 'true' } : {}) },
      });
      expect([status, json.code]).toEqual([501, 'not_supported']);
    }
  } finally {
    await bare.close();
  }
});

test('a message that the server refuses for good is told to who sent it, and goes through when it is tried again', async () => {
  const person = await contact();
  server.refusal = (_, at) => (at === 'recipient' ? 550 : null);
  const { json } = await send(`/contacts(${person.id})`, { subject: 'Offer', text: 'b' });
  await deliver();
  const outcome = async () => (await crm.call(seller, 'GET', `/events(${json.event_id})`)).json.outcome;
  expect(await outcome()).toBe('failed');
  const inbox = (await crm.call(seller, 'GET', `/notifications?$filter=regarding_id eq ${person.id}`)).json.value;
  expect(inbox).toMatchObject([
    { kind: 'message', subject: expect.stringMatching(/: Offer$/), text: expect.stringMatching(/550/) },
  ]);
  server.refusal = () => null;
  const letters = await crm.platform.jobs.deadLetters({ job: 'mail.send' });
  const letter = letters.find(({ data }) => (data as { eventId?: string }).eventId === json.event_id);
  await crm.platform.jobs.replay([letter?.id ?? '']);
  await deliver();
  expect(server.mails.map(({ to }) => to)).toContain(person.email);
  expect(await outcome()).toBe(null);
});

test('what fails for the moment is no failure until the last try', async () => {
  const person = await contact();
  server.refusal = (_, at) => (at === 'data' ? 451 : null);
  const { json } = await send(`/contacts(${person.id})`, { subject: 'Later', text: 'b' });
  const outcome = async () => (await crm.call(seller, 'GET', `/events(${json.event_id})`)).json.outcome;
  const tries: unknown[] = [];
  for (const _ of [0, 1, 2]) {
    await deliver();
    tries.push(await outcome());
    await crm.platform.database.run(
      `update kartoteka_jobs.job set start_after = now() where name = 'mail.send' and state = 'retry'`,
    );
  }
  expect(tries).toEqual([null, null, 'failed']);
});

test('a message to many that waits is not sent to who wants none meanwhile', async () => {
  const [person, other] = [await contact(), await contact()];
  server.refusal = (_, at) => (at === 'data' ? 451 : null);
  const sent = await send('/contacts', { subject: 'Waits', text: 'b', ids: [person.id, other.id] }, manager);
  expect(sent.json.sent).toBe(2);
  await deliver();
  server.refusal = () => null;
  await crm.call(seller, 'PATCH', `/contacts(${person.id})`, { do_not_email: true });
  await crm.platform.database.run(`update kartoteka_jobs.job set start_after = now() where name = 'mail.send'`);
  await deliver();
  const taken = server.mails.filter(({ parsed }) => parsed.subject === 'Waits');
  expect(taken.map(({ to }) => to)).toEqual([other.email]);
  const outcomes = async ({ id }: { id: string }) => {
    const path = `/contacts(${id})/events?$filter=kind eq 'message'`;
    return (await crm.call(manager, 'GET', path)).json.value.map(({ outcome }: { outcome: unknown }) => outcome);
  };
  expect([await outcomes(person), await outcomes(other)]).toEqual([['failed'], [null]]);
});

test('a message whose last try takes too long has failed', async () => {
  const sockets: Socket[] = [];
  // It never ends its answer, and never lets the connection be silent.
  const slow = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write('220 hello\r\n');
    const timer = setInterval(() => socket.write('250-more\r\n'), 50);
    socket.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
  const { port } = slow.address() as AddressInfo;
  const mail = { smtpUrl: `smtp://127.0.0.1:${port}`, from: 'crm@example.com', retries: 0, timeoutMs: 250 };
  const other = await startCrm({ mail });
  try {
    const person = await other.create('contacts', { last_name: 'P', email: 'p@example.com' });
    const body = { subject: 'a', text: 'b' };
    const { json } = await other.call(other.admin, 'POST', `/contacts(${person.id})/send_message`, body);
    await other.platform.jobs.runDue({ names: ['mail.send'] });
    expect((await other.platform.jobs.deadLetters())[0]?.reason).toMatch(/longer than 1 s/);
    expect((await other.call(other.admin, 'GET', `/events(${json.event_id})`)).json.outcome).toBe('failed');
  } finally {
    for (const socket of sockets) socket.destroy();
    await other.close();
    await new Promise((resolve) => slow.close(resolve));
  }
});
