// Webhooks over a real database and a receiver of HTTP: what is told, to whom, in which order, and what happens where it fails.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { verifyWebhook } from '../packages/sdk/src/index.ts';
import { type Crm, startCrm } from './crm-kit.ts';
import { type Receiver, startReceiver } from './webhook-receiver.ts';

let crm: Crm;
let receiver: Receiver;

beforeAll(async () => {
  crm = await startCrm({
    webhooks: { networks: ['127.0.0.0/8'], delayMs: 1, retries: 2, timeoutMs: 400, pauseHours: 1 },
  });
  receiver = await startReceiver();
});

afterAll(async () => {
  await receiver?.close();
  await crm?.close();
});

beforeEach(async () => {
  receiver.received.length = 0;
  receiver.behave = () => false;
  await crm.platform.database.run(`update data.webhook set status = 'off'`);
  await crm.platform.database.run(`update kartoteka.webhook_state set is_active = false`);
});

const run = (): Promise<number> => crm.platform.jobs.runDue();
const events = () => receiver.received.map(({ event }) => event);

// biome-ignore lint/suspicious/noExplicitAny: records are JSON of any shape
function subscribe(values: object = {}, principal?: Principal): Promise<any> {
  const operations = ['create', 'update', 'delete', 'restore'];
  return crm.create(
    'webhooks',
    { name: 'Test', url: receiver.url, entity: 'company', operations, ...values },
    principal,
  );
}

/** Until no delivery waits any more. */
async function runOut(): Promise<void> {
  for (let n = 0; n < 200; n += 1) {
    await run();
    const [row] = await crm.platform.database.run(
      `select count(*)::text as n from kartoteka.webhook_delivery join kartoteka.webhook_state using (webhook_id) where state = 'waiting' and is_active`,
    );
    if (row?.n === '0') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('deliveries wait for ever');
}

test('create, update, delete and restore of a record are told in this order, with the record as its owner reads it', async () => {
  const webhook = await subscribe({ properties: 'name,phone' });
  const company = await crm.create('companies', { name: 'Acme' });
  await run();
  await crm.call(crm.admin, 'PATCH', `/companies(${company.id})`, { phone: '+74951234567' });
  await run();
  await crm.call(crm.admin, 'DELETE', `/companies(${company.id})`);
  await run();
  await crm.call(crm.admin, 'POST', `/companies(${company.id})/restore`);
  await run();
  expect(events().map(({ type }) => type)).toEqual(
    ['create', 'update', 'delete', 'restore'].map((op) => `company.${op}`),
  );
  const [created, updated, deleted] = events();
  expect(created).toMatchObject({ entity: 'company', set: 'companies', record_id: company.id, webhook_id: webhook.id });
  expect(created.data).toEqual({ id: company.id, name: 'Acme', phone: null });
  expect(updated).toMatchObject({ changed: ['phone'], data: { phone: '+74951234567' } });
  expect(deleted.data).toMatchObject({ name: 'Acme' });
});

test('what the owner may not read is not told, and rights are those of the moment of sending', async () => {
  const owner = await crm.user('Hook Owner', ['integrator']);
  await subscribe({}, owner);
  const company = await crm.create('companies', { name: 'Seen', bank_account: '40702810900000000001' });
  await run();
  expect(events()).toHaveLength(1);
  expect(Object.keys(events()[0].data)).not.toContain('bank_account');
  await crm.platform.database.run(`delete from data.role_assignment where user_id = $1::uuid and role = 'integrator'`, [
    owner.id,
  ]);
  await crm.call(crm.admin, 'PATCH', `/companies(${company.id})`, { name: 'Hidden' });
  crm.platform.principals.flush();
  await run();
  expect(events()).toHaveLength(1);
});

test('the filter is held against the record as it is when it is sent', async () => {
  await subscribe({ filter: "startswith(name,'A') or startswith(name,'B')" });
  await crm.create('companies', { name: 'Beta' });
  await crm.create('companies', { name: 'Gamma' });
  await run();
  expect(events().map(({ data }) => data.name)).toEqual(['Beta']);
});

test('nothing is missed of transactions that end in another order than they began', async () => {
  await subscribe();
  const { database } = crm.platform;
  const insert = (name: string) =>
    `with c as (select gen_random_uuid() as id) insert into kartoteka.change_log (entity, record_id, operation, version, after)
      select 'company', id, 'create', 1, jsonb_build_object('name', '${name}') from c`;
  await database.transaction(async (tx) => {
    await tx.run(insert('first'));
    await crm.create('companies', { name: 'second' });
    await run();
    expect(events().map(({ data }) => data.name)).toEqual(['second']);
  });
  await run();
  const rows = await database.run(`select state from kartoteka.webhook_delivery order by seq desc limit 1`);
  expect(rows).toEqual([{ state: 'skipped' }]);
});

test('a record whose events fail holds up its own later ones and no others', async () => {
  await subscribe();
  const bad = await crm.create('companies', { name: 'Bad' });
  await crm.call(crm.admin, 'PATCH', `/companies(${bad.id})`, { name: 'Bad 2' });
  const good = await crm.create('companies', { name: 'Good' });
  await crm.call(crm.admin, 'PATCH', `/companies(${good.id})`, { name: 'Good 2' });
  let failures = 2;
  receiver.behave = (event, response) => {
    if (event.record_id !== bad.id || failures === 0) return false;
    failures -= 1;
    response.writeHead(500).end();
    return true;
  };
  await runOut();
  const of = (id: string) =>
    events()
      .filter((event) => event.record_id === id)
      .map(({ operation }) => operation);
  expect(of(bad.id)).toEqual(['create', 'update']);
  expect(of(good.id)).toEqual(['create', 'update']);
  expect(events().at(-1).record_id).toBe(bad.id);
});

test('what hangs, or answers with a redirect, is tried again and dies at last; a repetition has the same id', async () => {
  const webhook = await subscribe();
  await crm.create('companies', { name: 'Hangs' });
  await crm.create('companies', { name: 'Moves' });
  const ids = new Map<string, string[]>();
  receiver.behave = (event, response) => {
    const name = String(event.data.name);
    ids.set(name, [...(ids.get(name) ?? []), event.id]);
    if (name === 'Moves') response.writeHead(302, { location: `${receiver.url}/elsewhere` }).end();
    return true;
  };
  await runOut();
  expect([...ids.values()].map((all) => [all.length, new Set(all).size])).toEqual([
    [3, 1],
    [3, 1],
  ]);
  const rows = await crm.platform.database.run(
    `select reason from kartoteka.webhook_delivery where webhook_id = $1::uuid and state = 'dead' order by reason`,
    [webhook.id],
  );
  expect(rows.map(({ reason }) => reason)).toEqual([
    'It answered 302; redirects are not followed',
    'No answer within 0.4 s',
  ]);
});

test('a receiver that is silent for too long has its webhook paused; turned on again it goes on where it stopped', async () => {
  const webhook = await subscribe();
  await crm.create('companies', { name: 'One' });
  receiver.behave = (_, response) => {
    response.writeHead(503).end();
    return true;
  };
  await run();
  await crm.platform.database.run(`update kartoteka.webhook_state set failing_since = now() - interval '2 hours'`);
  await runOut();
  await run();
  await crm.create('companies', { name: 'Two' });
  await crm.platform.database.run(
    `update kartoteka.webhook_state set failing_since = now() - interval '2 hours', not_before = now() where failures > 0`,
  );
  await run();
  const { json } = await crm.call(crm.admin, 'GET', `/webhooks(${webhook.id})`);
  expect(json).toMatchObject({ status: 'paused', paused_because: expect.stringContaining('2 hours') });
  await crm.create('companies', { name: 'Three' });
  receiver.behave = () => false;
  expect(await run()).toBe(0);
  await crm.call(crm.admin, 'PATCH', `/webhooks(${webhook.id})`, { status: 'active' });
  await runOut();
  expect(events().map(({ data }) => data.name)).toContain('Three');
});

test('what happens while a webhook is off is not told', async () => {
  const webhook = await subscribe();
  await crm.call(crm.admin, 'PATCH', `/webhooks(${webhook.id})`, { status: 'off' });
  await crm.create('companies', { name: 'Unheard' });
  await run();
  await crm.call(crm.admin, 'PATCH', `/webhooks(${webhook.id})`, { status: 'active' });
  await crm.create('companies', { name: 'Heard' });
  await run();
  expect(events().map(({ data }) => data.name)).toEqual(['Heard']);
});

test.each([
  ['http://1.1.1.1/', 'https'],
  ['https://nowhere.invalid/', 'cannot be resolved'],
  ['https://10.1.2.3/', 'public internet'],
  ['https://169.254.169.254/latest/meta-data', 'public internet'],
  ['https://168.63.129.16/', 'public internet'],
  ['https://2130706433.0/', 'not'],
  ['https://3232235777/', 'public internet'],
  ['https://0xc0.0xa8.1/', 'public internet'],
  ['https://[::1]/', 'public internet'],
  ['https://[::ffff:10.0.0.1]/', 'public internet'],
  ['https://[fe80::1]/', 'public internet'],
  ['https://[64:ff9b::a00:1]/', 'public internet'],
  ['https://user:secret@1.1.1.1/', 'name or password'],
])('the address %s is refused when it is saved', async (url, reason) => {
  const { status, json } = await crm.call(crm.admin, 'POST', '/webhooks', {
    ...{ name: 'Bad', url, entity: 'company', operations: ['create'] },
  });
  expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining(reason)]);
});

test('the name of one that is off need not be known yet; it is asked when the webhook is turned on', async () => {
  const values = {
    name: 'Later',
    entity: 'deal',
    operations: ['create'],
    url: 'https://nowhere.invalid/',
    status: 'off',
  };
  const made = await crm.call(crm.admin, 'POST', '/webhooks', values);
  expect(made.status).toBe(201);
  const on = await crm.call(crm.admin, 'PATCH', `/webhooks(${made.json.id})`, { status: 'active' });
  expect([on.status, on.json.code, on.json.details?.[0]?.target ?? on.json.target]).toEqual([
    400,
    'invalid_value',
    'url',
  ]);
  const literal = await crm.call(crm.admin, 'POST', '/webhooks', { ...values, url: 'https://10.0.0.1/' });
  expect([literal.status, literal.text]).toEqual([400, expect.stringContaining('not')]);
});

test('what is sent is signed for the SDK', async () => {
  const webhook = await subscribe();
  await crm.create('companies', { name: 'Signed' });
  await run();
  const [row] = await crm.platform.database.run(
    `select secret from kartoteka.webhook_state where webhook_id = $1::uuid`,
    [webhook.id],
  );
  const { headers, text: body } = receiver.received[0] as (typeof receiver.received)[number];
  const event = await verifyWebhook({ secret: String(row?.secret), headers, body });
  expect(event).toMatchObject({ id: headers['webhook-id'], type: 'company.create', data: { name: 'Signed' } });
  await expect(verifyWebhook({ secret: String(row?.secret), headers, body: `${body} ` })).rejects.toThrow(
    'No signature',
  );
});

test('an address that has become private is refused when it is sent to', async () => {
  const webhook = await subscribe();
  await crm.platform.database.run(`update data.webhook set url = 'https://10.0.0.1/' where id = $1::uuid`, [
    webhook.id,
  ]);
  await crm.create('companies', { name: 'Lost' });
  await run();
  const [row] = await crm.platform.database.run(
    `select reason from kartoteka.webhook_delivery where webhook_id = $1::uuid`,
    [webhook.id],
  );
  expect(row?.reason).toContain('not an address of the public internet');
});

test('nobody makes the webhook of another send to himself', async () => {
  const webhook = await subscribe();
  const other = await crm.user('Other Admin', ['system_administrator']);
  const path = `/webhooks(${webhook.id})`;
  const statusOf = async () => (await crm.call(crm.admin, 'GET', path)).json.status;
  expect((await crm.call(other, 'PATCH', path, { name: 'Renamed' })).status).toBeLessThan(300);
  expect(await statusOf()).toBe('active');
  for (const values of [{ url: `${receiver.url}/mine` }, { filter: 'id ne null' }, { properties: 'name' }]) {
    await crm.call(crm.admin, 'PATCH', path, { status: 'active' });
    expect((await crm.call(other, 'PATCH', path, values)).status).toBeLessThan(300);
    expect(await statusOf()).toBe('off');
    const { status, json } = await crm.call(other, 'PATCH', path, { status: 'active' });
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining('rights of its owner')]);
  }
  const made = {
    name: 'For him',
    url: receiver.url,
    entity: 'company',
    operations: ['create'],
    owner_id: crm.admin.id,
  };
  expect((await crm.call(other, 'POST', '/webhooks', { ...made, status: 'active' })).status).toBe(400);
  expect((await crm.call(other, 'POST', '/webhooks', made)).json.status).toBe('off');
  await crm.call(crm.admin, 'PATCH', path, { status: 'active' });
  await crm.call(crm.admin, 'PATCH', path, { owner_id: other.id });
  expect((await crm.call(other, 'GET', path)).json).toMatchObject({ status: 'off', owner_id: other.id });
  await crm.call(other, 'PATCH', path, { status: 'active' });
  expect((await crm.call(crm.admin, 'POST', `${path}/assign`, { owner_id: crm.admin.id })).status).toBeLessThan(300);
  expect(await statusOf()).toBe('off');
  await crm.call(crm.admin, 'PATCH', path, { status: 'active' });
  const many = { ids: [webhook.id], owner_id: other.id };
  expect((await crm.call(crm.admin, 'POST', '/webhooks/assign', many)).status).toBeLessThan(300);
  expect(await statusOf()).toBe('off');
});

test('a write costs no statement more because webhooks listen', async () => {
  const cost = async (): Promise<number> => {
    const before = crm.platform.database.counters.statements;
    await crm.create('companies', { name: 'Counted' });
    return crm.platform.database.counters.statements - before;
  };
  const costs = [await cost(), await cost(), await cost()];
  await subscribe();
  const withOne = [await cost(), await cost(), await cost()];
  expect(Math.min(...withOne)).toBe(Math.min(...costs));
});

test('a secret is shown once, to who may write the webhook; the former one counts for a day', async () => {
  const webhook = await subscribe();
  const path = `/webhooks(${webhook.id})`;
  const first = (await crm.call(crm.admin, 'POST', `${path}/rotate_secret`, {})).json.secret;
  const second = (await crm.call(crm.admin, 'POST', `${path}/rotate_secret`, {})).json.secret;
  expect(first).not.toBe(second);
  await crm.create('companies', { name: 'Twice signed' });
  await run();
  const { headers, text: body } = receiver.received[0] as (typeof receiver.received)[number];
  for (const secret of [first, second])
    expect(await verifyWebhook({ secret, headers, body })).toMatchObject({ type: 'company.create' });
  const stranger = await crm.user('Hook Stranger', ['integrator']);
  for (const action of ['rotate_secret', 'ping', 'replay'])
    expect((await crm.call(stranger, 'POST', `${path}/${action}`, {})).status).toBe(404);
  expect((await crm.call(stranger, 'GET', `${path}/deliveries`)).status).toBe(404);
});

test('a test event tells how it fared', async () => {
  const webhook = await subscribe({ status: 'off' });
  const ping = async () => (await crm.call(crm.admin, 'POST', `/webhooks(${webhook.id})/ping`, {})).json;
  expect(await ping()).toMatchObject({ received: true, status: 204, reason: null });
  expect(events()).toMatchObject([{ type: 'ping', webhook_id: webhook.id, data: null }]);
  receiver.behave = (_, response) => {
    response.writeHead(404).end();
    return true;
  };
  expect(await ping()).toMatchObject({ received: false, status: 404, reason: 'It answered 404' });
});

test('dead deliveries are listed, and replayed under their former ids', async () => {
  const webhook = await subscribe();
  await crm.create('companies', { name: 'Dead 1' });
  await crm.create('companies', { name: 'Dead 2' });
  receiver.behave = (_, response) => {
    response.writeHead(500).end();
    return true;
  };
  await runOut();
  const path = `/webhooks(${webhook.id})`;
  const dead = (await crm.call(crm.admin, 'GET', `${path}/deliveries?state=dead`)).json.value;
  expect(dead).toMatchObject([1, 2].map(() => ({ attempts: 3, status: 500, reason: 'It answered 500' })));
  const after = (await crm.call(crm.admin, 'GET', `${path}/deliveries?after=${dead[0].id}`)).json.value;
  expect(after.map(({ id }: { id: string }) => id)).toEqual([dead[1].id]);
  receiver.behave = () => false;
  const replay = async (body: object) => (await crm.call(crm.admin, 'POST', `${path}/replay`, body)).json.count;
  expect(await replay({ ids: [dead[1].id] })).toBe(1);
  expect(await replay({})).toBe(1);
  expect(await replay({})).toBe(0);
  await runOut();
  expect(
    events()
      .map(({ id }) => id)
      .sort(),
  ).toEqual(dead.map(({ id }: { id: string }) => id).sort());
});

test('a filter or properties that nobody can ask for are refused when they are saved', async () => {
  const base = { name: 'Bad', url: receiver.url, entity: 'company', operations: ['create'] };
  for (const [target, text] of [
    ['filter', 'nonsense eq 1'],
    ['filter', "name eq 'a') or (name ne null"],
    ['properties', 'name,nonsense'],
  ]) {
    const { status, json } = await crm.call(crm.admin, 'POST', '/webhooks', { ...base, [String(target)]: text });
    expect([status, json.target]).toEqual([400, target]);
  }
  const webhook = await subscribe();
  const changed = await crm.call(crm.admin, 'PATCH', `/webhooks(${webhook.id})`, { filter: 'nonsense eq 1' });
  expect([changed.status, changed.json.target]).toEqual([400, 'filter']);
});
