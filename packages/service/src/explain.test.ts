// Explanations over HTTP: the link in an error is an absolute URL that can be followed, and error files of imports carry it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMIN, callApi, makeUser, signIn, startTestService, type TestService } from './testing/test-service.ts';
import { type TransferKit, transferKit } from './transfer/testing/transfer-kit.ts';

let node: TestService;
let kit: TransferKit;
let reader: string;
let company: string;

beforeAll(async () => {
  node = await startTestService();
  kit = transferKit(() => node.address);
  await makeUser(node.address, 'rep@example.com', ADMIN.password, 'sales_representative');
  reader = (await signIn(node.address, 'rep@example.com', ADMIN.password)).access_token;
  const admin = (await signIn(node.address, ADMIN.email, ADMIN.password)).access_token;
  const values = { name: 'Acme', external_id: 'A-1' };
  company = ((await (await callApi(node.address, admin, 'POST', '/api/v1/companies', values)).json()) as { id: string })
    .id;
});
afterAll(async () => {
  kit?.remove();
  await node?.stop();
});

it('an error of rights has the URL of its explanation', async () => {
  const refused = await callApi(node.address, reader, 'PATCH', `/api/v1/companies(${company})`, { name: 'x' });
  const { error } = (await refused.json()) as { error: { details: Record<string, string>[] } };
  const url = `${node.address}/api/v1/companies(${company})/explain_access`;
  expect(refused.status).toBe(403);
  expect(error.details).toEqual([
    expect.objectContaining({ code: 'explain_access', target: `companies(${company})`, '@kartoteka.explain': url }),
  ]);
  const answer = await fetch(url, { headers: { authorization: `Bearer ${reader}` } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await answer.json()).toMatchObject({
    id: company,
    privileges: { read: { granted: true }, write: { granted: false } },
  });
  expect((await fetch(url)).status).toBe(401);
});

it('the error file of an import has it with each row, the summary has the reason once', async () => {
  const rows = ['A-1,Taken', 'B-1,New'].join('\n');
  kit.write('companies.csv', `id,name\n${rows}\n`);
  const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
  const { code, err, out } = await kit.import('companies', 'companies.csv', map, { user: 'rep@example.com' });
  expect(code).toBe(1);
  const reason = 'You do not have the privilege write on this company';
  expect(kit.read('companies.csv.errors.csv')).toContain(
    `"${reason} (why: ${node.address}/api/v1/companies(${company})/explain_access)"`,
  );
  expect(err + out).toContain(reason);
  expect(err + out).not.toContain('explain_access');
});
