// Web forms over HTTP as strangers use them: what is taken, refused, kept for review, and shown.
import { enqueue } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  JWT_SECRET,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from '../testing/test-service.ts';
import { FormTokens } from './form-token.ts';

let test: TestService;
let token: string;
let sourceValue = '';

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
type Any = any;

async function api(method: string, path: string, body?: unknown): Promise<{ status: number; json: Any }> {
  const response = await callApi(test.address, token, method, `/api/v1/${path.replaceAll(' ', '%20')}`, body);
  const text = await response.text();
  return { status: response.status, json: text === '' ? null : JSON.parse(text) };
}

async function makeForm(more: object = {}): Promise<Any> {
  const { status, json } = await api('POST', 'web_forms', {
    name: 'Contact us',
    accepted_fields: {
      last_name: { required: true },
      email: {},
      expected_amount: {},
      do_not_call: {},
      description: {},
    },
    ...more,
  });
  expect(status, JSON.stringify(json)).toBe(201);
  return json;
}

const submissions = async (form: Any): Promise<Any[]> =>
  (await api('GET', `web_form_submissions?$filter=form_id eq ${form.id}&$orderby=created_on`)).json.value;

const post = (form: Any, body: object, headers: Record<string, string> = {}, query = ''): Promise<Response> =>
  fetch(`${test.address}/public/forms/${form.public_key}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

beforeAll(async () => {
  test = await startTestService();
  token = (await signIn(test.address, ADMIN.email, ADMIN.password)).access_token;
  sourceValue = [...(test.service.platform.model().choices.get('source')?.values.keys() ?? [])][0] ?? '';
});
afterAll(() => test?.stop());

describe('a post', () => {
  it('becomes a record with fixed values, known marks and the owner of the form', async () => {
    const campaign = (await api('POST', 'campaigns', { name: 'Autumn' })).json;
    const team = (
      await api('POST', 'teams', { name: 'Inbound', owning_business_unit_id: campaign.owning_business_unit_id })
    ).json;
    await api('POST', 'role_assignments', { team_id: team.id, role: 'sales_manager' });
    const form = await makeForm({
      fixed_values: { interest: 'Roofs' },
      attribution: { utm_source: 'source', utm_campaign: 'campaign_id', utm_medium: 'rating' },
      assign_to_id: team.id,
      assign_to_type: 'team',
    });
    const body = { last_name: ' Ivanova ', email: 'i@example.com', expected_amount: '1200.50', do_not_call: 'on' };
    const answer = await post(form, body, {}, `?utm_source=${sourceValue}&utm_campaign=Autumn&utm_medium=nonsense`);
    expect(answer.status, await answer.clone().text()).toBe(202);
    expect(await answer.json()).toEqual({ status: 'received' });
    const [kept] = await submissions(form);
    expect(kept).toMatchObject({ status: 'accepted', sent_values: null, utm_medium: 'nonsense', record_type: 'lead' });
    const lead = (await api('GET', `leads(${kept.record_id})`)).json;
    expect(lead).toMatchObject({
      last_name: 'Ivanova',
      email: 'i@example.com',
      expected_amount: 1200.5,
      do_not_call: true,
      interest: 'Roofs',
      source: sourceValue,
      campaign_id: campaign.id,
      rating: null,
      owner_id: team.id,
    });
  });

  it('that is not valid is kept with the reason, and becomes a record once it is corrected', async () => {
    const form = await makeForm();
    expect((await post(form, { last_name: 'Petrov', email: 'no address' })).status).toBe(202);
    expect((await post(form, { last_name: ' ', email: 'a@example.com' })).status).toBe(202);
    const [wrong, nameless] = await submissions(form);
    expect(wrong).toMatchObject({
      status: 'review',
      record_id: null,
      sent_values: { last_name: 'Petrov', email: 'no address' },
    });
    expect(wrong.reason).toMatch(/email/i);
    expect(nameless).toMatchObject({ status: 'review', reason: 'last_name is required' });
    const correct = { status: 'retry', sent_values: { last_name: 'Petrov', email: 'p@example.com' } };
    expect((await api('PATCH', `web_form_submissions(${wrong.id})`, correct)).status).toBe(204);
    await expect.poll(async () => (await submissions(form))[0].status, { timeout: 15_000 }).toBe('accepted');
    expect((await api('GET', `leads(${wrong.id})`)).json).toMatchObject({ name: 'Petrov', email: 'p@example.com' });
    expect((await submissions(form))[0]).toMatchObject({ record_id: wrong.id, sent_values: null, reason: null });
  });

  it('that is sent twice is taken once, also at the same moment', async () => {
    const form = await makeForm();
    const same = { 'idempotency-key': 'order 17' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(form, { last_name: 'Twice' }, same)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect((await post(form, { last_name: 'Twice' }, same)).status).toBe(202);
    expect(await submissions(form)).toHaveLength(1);
    expect((await api('GET', `leads?$filter=last_name eq 'Twice'`)).json.value).toHaveLength(1);
  });

  it('with a field that the form does not have is refused, naming it, and nothing is kept', async () => {
    const form = await makeForm();
    for (const extra of [{ owner_id: form.owner_id }, { status: 'converted' }, { id: form.id }, { __proto__x: 1 }]) {
      const answer = await post(form, { last_name: 'X', ...extra });
      const { error } = (await answer.json()) as Any;
      expect([answer.status, error.code, error.target]).toEqual([400, 'unknown_property', Object.keys(extra)[0]]);
    }
    expect(await submissions(form)).toHaveLength(0);
  });

  it('of a form that asks for consent is kept only with it, and the day is noted', async () => {
    const form = await makeForm({
      consent_required: true,
      consent_property: 'personal_data_consent',
      consent_date_property: 'consent_date',
    });
    expect((await post(form, { last_name: 'Silent' })).status).toBe(400);
    expect(await submissions(form)).toHaveLength(0);
    expect((await post(form, { last_name: 'Willing', _consent: true })).status).toBe(202);
    const [kept] = await submissions(form);
    const lead = (await api('GET', `leads(${kept.record_id})`)).json;
    expect(lead.personal_data_consent).toBe(true);
    expect(lead.consent_date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it('into the trap, or faster than people type, is kept as spam and no record', async () => {
    const form = await makeForm({ min_seconds: 5 });
    const fresh = new FormTokens(JWT_SECRET).issue(form.public_key);
    expect((await post(form, { last_name: 'Bot', _website: 'http://spam.example' })).status).toBe(202);
    expect((await post(form, { last_name: 'Bot', _token: fresh })).status).toBe(202);
    expect((await submissions(form)).map(({ status }) => status)).toEqual(['spam', 'spam']);
    expect((await api('GET', `leads?$filter=last_name eq 'Bot'`)).json.value).toEqual([]);
  });

  it('beyond the limits of a form is refused with 429 at their edge', async () => {
    const perAddress = await makeForm({ limit_per_address: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await post(perAddress, { last_name: `L${n}` })).status);
    expect(statuses).toEqual([202, 202, 429]);
    const perForm = await makeForm({ limit_per_form: 1 });
    expect((await post(perForm, { last_name: 'L' })).status).toBe(202);
    const late = await post(perForm, { last_name: 'L' });
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '60']);
  });

  it('that cannot be read, is too large or of another type is refused', async () => {
    const form = await makeForm();
    const url = `${test.address}/public/forms/${form.public_key}`;
    const send = (body: string, type = 'application/json') =>
      fetch(url, { method: 'POST', body, headers: { 'content-type': type } }).then(({ status }) => status);
    expect(await send('{"last_name":')).toBe(400);
    expect(await send('[1]')).toBe(400);
    expect(await send('x', 'text/plain')).toBe(415);
    expect(await send(JSON.stringify({ description: 'x'.repeat(140_000) }))).toBe(413);
    expect(await send('{"last_name":"a\\u0000b"}')).toBe(400);
    expect(await submissions(form)).toHaveLength(0);
  });
});

describe('the rights of a form', () => {
  it('are those of who changed it last: what he may not create is kept for review', async () => {
    const form = await makeForm({ fixed_values: { campaign_id: '00000000-0000-7000-8000-000000000001' } });
    expect((await post(form, { last_name: 'Nobody' })).status).toBe(202);
    expect((await submissions(form))[0]).toMatchObject({
      status: 'review',
      reason: expect.stringMatching(/campaign/i),
    });
  });

  it('end with him: once he is disabled, posts are kept for review', async () => {
    const id = await makeUser(test.address, 'author@example.com', 'a password for him alone', 'marketing');
    const mine = (await signIn(test.address, 'author@example.com', 'a password for him alone')).access_token;
    const body = { name: 'His', accepted_fields: { last_name: {} } };
    const made = await callApi(test.address, mine, 'POST', '/api/v1/web_forms', body);
    const form = (await made.json()) as Any;
    expect([made.status, form.modified_by_id]).toEqual([201, id]);
    expect((await post(form, { last_name: 'Before' })).status).toBe(202);
    expect((await api('PATCH', `users(${id})`, { active: false })).status).toBe(204);
    expect((await post(form, { last_name: 'After' })).status).toBe(202);
    const kept = await submissions(form);
    expect(kept.map(({ status }) => status)).toEqual(['accepted', 'review']);
    expect(kept[1].reason).toContain('disabled');
    expect((await api('GET', `leads?$filter=last_name eq 'After'`)).json.value).toEqual([]);
  });

  it("reach no entity of rights, no lookup from outside and no key of one's choice", async () => {
    const refused = async (more: object): Promise<string> => {
      const body = { name: 'F', accepted_fields: { last_name: {} }, ...more };
      const { status, json } = await api('POST', 'web_forms', body);
      return `${status} ${json.error?.details?.[0]?.target}`;
    };
    expect(await refused({ record_type: 'user', accepted_fields: { email: {} } })).toBe('400 record_type');
    expect(await refused({ accepted_fields: { campaign_id: {} } })).toBe('400 accepted_fields');
    expect(await refused({ accepted_fields: { owner_id: {} } })).toBe('400 accepted_fields');
    expect(await refused({ accepted_fields: { nothing: {} } })).toBe('400 accepted_fields');
    expect(await refused({ fixed_values: { name: 'derived' } })).toBe('400 fixed_values');
    expect(await refused({ public_key: 'a-key-of-my-own-choice' })).toBe('400 public_key');
    const form = await makeForm();
    const { status } = await api('PATCH', `web_forms(${form.id})`, { accepted_fields: { nothing: {} } });
    expect(status).toBe(400);
  });
});

describe('what was sent', () => {
  it('is removed after the days that its form says, and not before; the record stays', async () => {
    const form = await makeForm({ keep_days: 2 });
    for (const name of ['Older', 'Newer']) expect((await post(form, { last_name: name })).status).toBe(202);
    const [older, newer] = await submissions(form);
    const { database } = test.service.platform;
    const age = `update data.web_form_submission set created_on = now() - $2::int * interval '1 hour' where id = $1::uuid`;
    await database.run(age, [older.id, '49']);
    await database.run(age, [newer.id, '47']);
    await enqueue(database, 'web_form_purge', {});
    const ids = async () => (await submissions(form)).map(({ id }: Any) => id);
    await expect.poll(ids, { timeout: 15_000 }).toEqual([newer.id]);
    expect((await api('GET', `leads(${older.record_id})`)).status).toBe(200);
  });
});

describe('a key', () => {
  it('ends when another one is asked for, or the form is switched off', async () => {
    const form = await makeForm();
    expect((await api('PATCH', `web_forms(${form.id})`, { public_key: null })).status).toBe(204);
    expect((await post(form, { last_name: 'Old' })).status).toBe(404);
    const anew = (await api('GET', `web_forms(${form.id})`)).json;
    expect(anew.public_key).toMatch(/^[\w-]{24}$/);
    expect(anew.public_key).not.toBe(form.public_key);
    expect((await post(anew, { last_name: 'New' })).status).toBe(202);
    await api('PATCH', `web_forms(${form.id})`, { active: false });
    expect((await post(anew, { last_name: 'Off' })).status).toBe(404);
  });
});

describe('the page', () => {
  const pageOf = (form: Any, query = '', headers = {}) =>
    fetch(`${test.address}/public/forms/${form.public_key}${query}`, { headers });

  it('has the form in the language of the reader, runs no script, and what it sends is taken once', async () => {
    const form = await makeForm({ name: '<b>Form</b>', token_required: true, min_seconds: 0 });
    const page = await pageOf(form, '?utm_term=%22%3E%3Cscript%3E', { 'accept-language': 'ru' });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; style-src 'nonce-.*form-action 'self'/,
    );
    expect(html).toContain('Фамилия');
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>Form');
    const formToken = /name="_token" value="([^"]+)"/.exec(html)?.[1] ?? '';
    const url = `${test.address}/public/forms/${form.public_key}`;
    const fields = { _token: formToken, last_name: 'Paged', email: '', _website: '', utm_term: 'roof' };
    for (let n = 0; n < 2; n += 1) {
      const sent = await postForm(url, fields);
      expect([sent.status, sent.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    }
    expect(await submissions(form)).toMatchObject([{ status: 'accepted', utm_term: 'roof' }]);
    expect((await postForm(url, { last_name: 'No token' })).status).toBe(400);
    expect((await postForm(url, { ...fields, _token: `${formToken.slice(0, -1)}~` })).status).toBe(400);
  });

  it('leads on where the form says, and lets other sites in only as they are listed', async () => {
    const form = await makeForm({
      redirect_url: 'https://shop.example/thanks',
      allowed_origins: ['https://shop.example'],
    });
    const url = `${test.address}/public/forms/${form.public_key}`;
    const policy = (await pageOf(form)).headers.get('content-security-policy');
    expect(policy).toContain("form-action 'self' https://shop.example;");
    expect(policy).toContain('frame-ancestors https://shop.example');
    const from = (origin: string) =>
      fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'last_name=Shopper',
      });
    const sent = await from('https://shop.example');
    expect([sent.status, sent.headers.get('location')]).toEqual([303, 'https://shop.example/thanks']);
    expect(sent.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect((await from('https://evil.example')).status).toBe(403);
    expect((await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect((await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://shop.example' } })).status).toBe(204);
    const script = await fetch(`${url}.js`);
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(await script.text()).toContain(url);
  });

  it('of an unknown key is not there', async () => {
    for (const key of ['x', 'aaaaaaaaaaaaaaaaaaaaaaaa', "a'%20or%20true", 'aaaaaaaaaaaaaaaaaaaaaaaa.js'])
      expect((await fetch(`${test.address}/public/forms/${key}`)).status).toBe(404);
  });
});
