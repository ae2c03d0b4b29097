// The audit and redaction over HTTP with the roles that ship: an administrator, a manager, two representatives.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN,
  callApi,
  makeUser,
  postForm,
  signIn,
  startTestService,
  type TestService,
} from './testing/test-service.ts';

const MISSING = '00000000-0000-7000-8000-00000000dead';

let node: TestService;
let admin: string;
let ann: string;
let annId: string;
let bob: string;

beforeAll(async () => {
  node = await startTestService();
  const token = async (email: string) => (await signIn(node.address, email, ADMIN.password)).access_token;
  const signedIn = await postForm(`${node.address}/auth/token`, {
    ...{ grant_type: 'password', username: ADMIN.email, password: ADMIN.password, client_id: 'audit-test' },
  });
  admin = ((await signedIn.json()) as { access_token: string }).access_token;
  annId = await makeUser(node.address, 'ann@example.com', ADMIN.password, 'sales_representative');
  await makeUser(node.address, 'bob@example.com', ADMIN.password, 'sales_representative');
  [ann, bob] = [await token('ann@example.com'), await token('bob@example.com')];
});
afterAll(() => node.stop());

interface Shown {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape, and tests look into them
  readonly json: any;
}

async function call(token: string, method: string, path: string, body?: object): Promise<Shown> {
  const response = await callApi(node.address, token, method, `/api/v1/${path}`, body);
  const text = await response.text();
  return { status: response.status, text, json: text === '' ? null : JSON.parse(text) };
}
const made = async (token: string, set: string, values: object): Promise<string> =>
  (await call(token, 'POST', set, values)).json.id;

describe('the changes of a contact', () => {
  it('tell what was done by whom with which client, and on behalf of whom', async () => {
    const id = await made(admin, 'contacts', { last_name: 'Lee', birth_date: '1980-01-02', owner_id: annId });
    await fetch(`${node.address}/api/v1/contacts(${id})`, {
      method: 'PATCH',
      headers: {
        ...{ authorization: `Bearer ${admin}`, 'act-as': annId },
        'content-type': 'application/json',
      },
      body: JSON.stringify({ first_name: 'Ann' }),
    });
    const { json } = await call(admin, 'GET', `contacts(${id})/changes`);
    const [update, create] = json.value;
    expect(update).toMatchObject({ operation: 'update', version: 2, actor_id: annId, actor_name: 'ann' });
    expect(update).toMatchObject({ caller_name: 'Administrator', client: 'audit-test' });
    expect(create).toMatchObject({ operation: 'create', caller_id: null, actor_name: 'Administrator' });
    expect(update.changes).toEqual([
      { property: 'first_name', before: null, after: 'Ann' },
      { property: 'full_name', before: 'Lee', after: 'Ann Lee' },
    ]);
    expect(JSON.stringify(create.changes)).toContain('1980-01-02');
    // The day of birth is secured, and a representative has no permission for it.
    const seen = await call(ann, 'GET', `contacts(${id})/changes`);
    expect([seen.status, seen.json.value.length]).toEqual([200, 2]);
    expect(seen.text).not.toMatch(/birth_date|1980/);
    expect((await call(ann, 'GET', `contacts/changes?$filter=property eq 'birth_date'`)).status).toBe(403);
  });

  it('of a deal that one may not read answer as those of none, but for the number of the request', async () => {
    const id = await made(ann, 'deals', { name: "Ann's" });
    const [hidden, missing] = [
      await call(bob, 'GET', `deals(${id})/changes`),
      await call(bob, 'GET', `deals(${MISSING})/changes`),
    ];
    const body = (answer: Shown): string => answer.text.replace(answer.json.error.innererror.request_id, '');
    expect([hidden.status, body(hidden)]).toEqual([404, body(missing)]);
    expect((await call(bob, 'GET', 'deals/changes')).json.value).toEqual([]);
    expect((await call(ann, 'GET', 'deals/changes')).json.value).toMatchObject([{ record_id: id }]);
    expect((await call(admin, 'GET', 'deals/changes')).json.value).toMatchObject([{ record_id: id }]);
  });
});

describe('the redaction of a contact', () => {
  it('takes the person out of the record, its history and the search, for who holds the capability', async () => {
    const person = { first_name: 'Zoe', last_name: 'Zsecret', email: 'zoe@example.com', mobile_phone: '+12025550101' };
    const id = await made(ann, 'contacts', { ...person, birth_date: undefined, job_title: 'Head' });
    await call(ann, 'PATCH', `contacts(${id})`, { email: 'zoe.z@example.com' });
    const refused = await call(ann, 'POST', `contacts(${id})/redact`, { personal_data: true });
    expect(refused.json.error).toMatchObject({
      code: 'missing_capability',
      message: expect.stringContaining('redact'),
    });
    expect((await call(admin, 'POST', `contacts(${id})/redact`, { personal_data: true })).status).toBe(204);
    const texts = [
      (await call(admin, 'GET', `contacts(${id})`)).text,
      (await call(admin, 'GET', `contacts(${id})/changes`)).text,
      (await call(admin, 'GET', 'contacts?$search=zsecret')).text,
    ];
    for (const text of texts) expect(text).not.toMatch(/zoe|zsecret|2025550101/i);
    expect((await call(admin, 'GET', `contacts(${id})`)).json).toMatchObject({
      last_name: 'redacted',
      full_name: 'redacted',
    });
    const [trace, ...rest] = (await call(ann, 'GET', `contacts(${id})/changes`)).json.value;
    expect(trace).toMatchObject({ operation: 'redact', actor_name: 'Administrator' });
    expect(rest.map(({ operation }: { operation: string }) => operation)).toEqual(['update', 'create']);
    const [row] = await node.database.database.run(
      `select string_agg(l::text, ' ') as text from kartoteka.change_log l where l.record_id = $1::uuid`,
      [id],
    );
    expect(row?.text).not.toMatch(/zoe|zsecret|2025550101/i);
  });
});
