// More large requests at once than a service can carry out: each is answered, or told to come again, in bounded memory; and what comes
// after is served as before.
import { readFileSync } from 'node:fs';
import { createTestDatabase, registerTemplate, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, signIn } from '../packages/service/src/testing/test-service.ts';
import { repeatable } from './repeatable-kit.ts';
import { type Answer, type ServiceProcess, send, startServiceProcess } from './service-process.ts';

const MOST_BYTES = 1_200 * 2 ** 20;

let database: TestDatabase;
let service: ServiceProcess;
let token: string;
beforeAll(async () => {
  registerTemplate('service_process', async (url) => void (await (await startServiceProcess(url)).stop()));
  database = await createTestDatabase({ template: 'service_process' });
  service = await startServiceProcess(database.url);
  ({ access_token: token } = await signIn(service.address, ADMIN.email, ADMIN.password));
});
afterAll(async () => {
  await service?.kill();
  await database?.drop();
});

const ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
  send(service.address, token, method, path, body, headers);

const companies = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ name: `Company ${n}`, description: 'x'.repeat(200) }));

/** Resident memory in bytes, where the kernel tells. */
function residentBytes(): number {
  try {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${service.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1_024;
  } catch {
    return 0;
  }
}

test('every one of many large requests at once is answered or asked to come again, and the service goes on', async () => {
  const { json } = await ask('POST', 'companies/bulk', { records: companies(1_000) });
  const owners = (json.results as { id: string }[]).slice(0, 50).map(({ id }) => id);
  const contacts = Array.from({ length: 3_000 }, (_, n) => ({ last_name: `L${n}`, company_id: owners[n % 50] }));
  expect((await ask('POST', 'contacts/bulk', { records: contacts })).status).toBe(200);
  const requests = Array.from({ length: 20 }, (_, n) => ({
    id: `${n}`,
    method: 'POST',
    url: 'companies',
    body: { name: 'B' },
  }));
  const list = 'contacts?$top=1000&$expand=company&$count=true';
  const huge = 'contacts?$top=1000&$expand=company($expand=contacts($top=20;$orderby=last_name))';
  const large: (() => Promise<Answer>)[] = [
    ...Array.from({ length: 30 }, (_, n) => () => ask('GET', n % 5 === 0 ? huge : list)),
    ...Array.from({ length: 3 }, () => () => ask('POST', 'companies/bulk', { records: companies(10_000) })),
    ...Array.from(
      { length: 3 },
      () => () => ask('POST', 'companies/bulk', { records: companies(10_000) }, repeatable()),
    ),
    ...Array.from({ length: 30 }, () => () => ask('POST', '$batch', { requests })),
    ...Array.from({ length: 100 }, () => () => ask('POST', 'companies', { name: 'Single' }, repeatable())),
  ];
  const answers = await Promise.all(large.map((each) => each()));
  const statuses = Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ status }) => status)).map(([status, all]) => [status, all?.length]),
  );
  if (answers.some(({ status }) => status === 500)) console.error(service.log().slice(0, 20_000));
  console.info(`${JSON.stringify(statuses)}, at most ${Math.round(residentBytes() / 2 ** 20)} MiB`);
  for (const { status, headers, text } of answers) {
    if (status === 503) expect(headers.get('retry-after')).toMatch(/^\d+$/);
    else expect([200, 201, 400, 409, 429], text.slice(0, 300)).toContain(status);
  }
  expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThan(0);
  expect(residentBytes()).toBeLessThan(MOST_BYTES);
  expect((await ask('GET', 'companies?$top=1')).status).toBe(200);
  expect((await ask('POST', 'companies', { name: 'After' })).status).toBe(201);
  expect(service.log()).not.toContain('"level":50');
});
