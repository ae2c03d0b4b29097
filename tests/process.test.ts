// The process of a choice field on every way that writes records: one by one, many, upserts; told by the client model.
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;

const process = {
  prospecting: { next: ['engaging', 'lost'] },
  engaging: { next: ['proposal', 'lost'], requires: ['product'] },
};

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const documents = shipped.map((document) => {
    const body = structuredClone(document.body) as { name: string; fields: Record<string, object> };
    if (document.kind !== 'entity' || body.name !== 'deal') return document;
    return { ...document, body: { ...body, fields: { ...body.fields, stage: { ...body.fields.stage, process } } } };
  });
  crm = await startCrm({ documents });
});
afterAll(() => crm?.close());

const told = (answer: { details?: { code: string; target: string }[] }) =>
  answer.details?.map(({ code, target }) => `${code} ${target}`);
const refused = ({ status, json }: Answer) => [status, ...(told(json) ?? [])];
const deal = (values: object = {}) => crm.create('deals', { name: 'Deal', ...values });
const patch = (id: string, values: object) => crm.call(crm.admin, 'PATCH', `/deals(${id})`, values);

test('one record is refused what its process does not allow, and goes the allowed way', async () => {
  const { id } = await deal();
  expect(refused(await patch(id, { stage: 'proposal', amount: '5' }))).toEqual([400, 'transition_refused stage']);
  expect(refused(await patch(id, { stage: 'engaging' }))).toEqual([400, 'required_on_entry product']);
  expect(refused(await crm.call(crm.admin, 'PUT', `/deals(${id})/stage`, { value: 'engaging' }))).toEqual([
    400,
    'required_on_entry product',
  ]);
  expect((await patch(id, { stage: 'engaging', product: 'Roof' })).status).toBe(204);
  expect((await patch(id, { product: null })).status).toBe(204);
});

test.each(['update', 'upsert'])('many records are judged one by one in a bulk %s', async (mode) => {
  const [good, bad] = [await deal({ product: 'Roof' }), await deal()];
  const answer = await crm.call(crm.admin, 'POST', '/deals/bulk', {
    mode,
    records: [good, bad].map(({ id }) => ({ id, name: 'Deal', stage: 'engaging' })),
  });
  const results: { status: number; error?: { details?: [] } }[] = answer.json.results;
  expect(results.map(({ status }) => status)).toEqual([200, 400]);
  expect(told(results[1]?.error as { details?: [] })).toEqual(['required_on_entry product']);
});

test('an upsert of one record is judged as what it turns out to be', async () => {
  const put = (id: string, values: object) =>
    crm.call(crm.admin, 'PATCH', `/deals(external_id='${id}')`, { name: 'Up', ...values });
  expect(refused(await put('up', { stage: 'engaging' }))).toEqual([400, 'required_on_entry product']);
  expect((await put('up', { stage: 'proposal', amount: '7' })).status).toBe(201);
  expect((await put('up', { stage: 'prospecting' })).status).toBe(204);
  expect(refused(await put('up', { stage: 'won' }))).toContain('transition_refused stage');
});

test('the client model tells the process', async () => {
  const { json } = await crm.call(crm.admin, 'GET', '/client-model');
  expect(json.entities.deal.fields.stage.options.process).toEqual(process);
});
