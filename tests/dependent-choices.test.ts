// Values that go with certain values of a parent only: enforced by the statement that writes, whichever of the two is written,
// and said in words that name both, to who may know them.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = { en: 'x' };
const value = (order: number, parents?: readonly string[]) => ({ label, order, ...(parents && { parents }) });

const document = (kind: 'entity' | 'choice' | 'role', name: string, body: object): SourceDocument => ({
  ...{ kind, name, layer: 'base', source: 'test' },
  body: { name, label, ...body },
});

const entity = (name: string, fields: object, ownership = 'organization') =>
  document('entity', name, {
    ...{ set: `${name}s`, plural_label: label, ownership, title: 'name' },
    fields: { name: { type: 'text' }, ...fields },
  });

const PIPELINE = { type: 'choice', choice: 'test_pipeline' };

const DOCUMENTS = [
  document('choice', 'test_pipeline', { values: { sales: value(1), service: value(2), closed: value(3) } }),
  document('choice', 'phase', {
    values: {
      new: value(1),
      offer: value(2, ['sales']),
      visit: value(3, ['service']),
      done: value(4, ['sales', 'service']),
    },
  }),
  entity('board', { pipeline: PIPELINE, hidden: { ...PIPELINE, secured: true } }, 'user'),
  entity('ticket', {
    pipeline: PIPELINE,
    phase: { type: 'choice', choice: 'phase', parent: 'pipeline', default: 'new' },
    free: { type: 'choice', choice: 'phase' },
    phases: { type: 'multi_choice', choice: 'phase', parent: 'pipeline' },
    board: { type: 'lookup', targets: ['board'], inverse: 'tickets' },
    board_phase: { type: 'choice', choice: 'phase', parent: 'board/pipeline' },
    secret_phase: { type: 'choice', choice: 'phase', parent: 'board/hidden', secured: true },
  }),
  entity('errand', {
    pipeline: { ...PIPELINE, default: 'sales' },
    phase: { type: 'choice', choice: 'phase', parent: 'pipeline', default: 'offer', required: true },
    detail: {
      ...{ type: 'choice', parent: 'phase', default: 'price' },
      values: { price: value(1, ['offer']), old: { ...value(2, ['visit']), active: false }, road: value(3, ['visit']) },
    },
    size: {
      ...{ type: 'choice', parent: 'pipeline', default: 'big', required: true },
      values: { big: value(1, ['sales', 'service']) },
    },
    note: { type: 'choice', choice: 'phase', parent: 'detail_kind', default: 'done' },
    detail_kind: PIPELINE,
  }),
  document('role', 'phases', { privileges: {}, fields: { ticket: { secret_phase: ['read', 'create', 'update'] } } }),
  document('role', 'clerk', { privileges: { ticket: { '*': 'organization' }, board: { '*': 'user' } } }),
];

let crm: Crm;

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...DOCUMENTS] });
});

afterAll(() => crm?.close());

const post = (values: object) => crm.call(crm.admin, 'POST', '/tickets', values);
const patch = (id: string, values: object, who = crm.admin) => crm.call(who, 'PATCH', `/tickets(${id})`, values);
const refusal = ({ status, json }: Answer) => [
  status,
  json.details?.map(({ target, message }: { target: string; message: string }) => `${target}|${message}`),
];

test('a new record is refused when the value does not go with the parent, or has none', async () => {
  expect(refusal(await post({ pipeline: 'service', phase: 'offer' }))).toEqual([
    400,
    ['phase|phase: offer does not go with pipeline service; it needs sales'],
  ]);
  expect(refusal(await post({ phase: 'done' }))).toEqual([
    400,
    ['phase|phase: done does not go with pipeline (none); it needs sales or service'],
  ]);
  const fits = [
    { pipeline: 'sales', phase: 'offer' },
    { pipeline: 'service', phase: 'done' },
    { pipeline: 'sales' },
    { phase: null },
    {},
  ];
  for (const values of fits) expect((await post(values)).status, JSON.stringify(values)).toBe(201);
});

test('a value without parents goes with every parent, and a field without a parent takes all values', async () => {
  expect((await post({ phase: 'new' })).status).toBe(201);
  expect((await post({ pipeline: 'service', phase: 'new', free: 'offer' })).status).toBe(201);
});

test('every value of several is judged, and all findings are reported at once', async () => {
  const refused = await post({ pipeline: 'service', phases: ['new', 'offer', 'visit'], phase: 'offer' });
  expect(refusal(refused)).toEqual([
    400,
    [
      'phase|phase: offer does not go with pipeline service; it needs sales',
      'phases|phases: offer does not go with pipeline service; it needs sales',
    ],
  ]);
  expect((await post({ pipeline: 'service', phases: ['new', 'visit'] })).status).toBe(201);
  expect((await post({ phases: [] })).status).toBe(201);
});

test('an update is refused when either side parts them, and may change both together', async () => {
  const { id } = await crm.create('tickets', { pipeline: 'sales', phase: 'offer' });
  for (const values of [{ pipeline: 'service' }, { pipeline: null }, { phase: 'visit' }]) {
    const refused = await patch(id, values);
    expect([refused.status, refused.json.details[0].code, refused.json.details[0].target]).toEqual([
      400,
      'dependent_value',
      'phase',
    ]);
  }
  expect((await patch(id, { pipeline: 'service', phase: 'visit' })).status).toBe(204);
  expect((await patch(id, { name: 'only the name' })).status).toBe(204);
  expect((await patch(id, { pipeline: null, phase: null })).status).toBe(204);
});

test('a parent in the record that a lookup names is read by the statement', async () => {
  const [sales, service] = [
    await crm.create('boards', { pipeline: 'sales' }),
    await crm.create('boards', { pipeline: 'service' }),
  ];
  expect(refusal(await post({ board_id: service.id, board_phase: 'offer' }))).toEqual([
    400,
    ['board_phase|board_phase: offer does not go with board/pipeline service; it needs sales'],
  ]);
  expect(refusal(await post({ board_phase: 'offer' }))[0]).toBe(400);
  const { id } = await crm.create('tickets', { board_id: sales.id, board_phase: 'offer' });
  expect(refusal(await patch(id, { board_id: service.id }))[0]).toBe(400);
  expect(refusal(await patch(id, { board_id: null }))[0]).toBe(400);
  expect((await patch(id, { board_id: service.id, board_phase: 'done' })).status).toBe(204);
});

test('the parent of a hidden record is not there: no value that is tried tells it', async () => {
  const clerk = await crm.user('Clerk', ['clerk']);
  const board = await crm.create('boards', { pipeline: 'service' });
  const { id } = await crm.create('tickets', { board_id: board.id });
  const hidden = (value: string, needed: string) => [
    400,
    [`board_phase|board_phase: ${value} does not go with board/pipeline (none that you may see); it needs ${needed}`],
  ];
  expect(refusal(await patch(id, { board_phase: 'offer' }, clerk))).toEqual(hidden('offer', 'sales'));
  expect(refusal(await patch(id, { board_phase: 'visit' }, clerk))).toEqual(hidden('visit', 'service'));
  expect((await patch(id, { board_phase: 'new' }, clerk)).status).toBe(204);
  expect((await patch(id, { board_phase: 'visit' })).status).toBe(204);
});

test('a value that depends on a secured one is written by who may read that one', async () => {
  const clerk = await crm.user('Clerk of phases', ['clerk', 'phases']);
  const board = await crm.create('boards', { hidden: 'service', owner_id: clerk.id });
  const other = await crm.create('boards', { hidden: 'sales', owner_id: clerk.id });
  const { id } = await crm.create('tickets', { board_id: board.id });
  for (const body of [
    { secret_phase: 'offer' },
    { secret_phase: 'visit' },
    { secret_phase: 'new' },
    { board_id: other.id },
  ]) {
    const answer = await patch(id, body, clerk);
    expect([answer.status, answer.json.code, answer.json.message]).toEqual([
      403,
      'secured_property',
      'The property hidden is secured',
    ]);
  }
  expect((await patch(id, { secret_phase: 'visit' })).status).toBe(204);
});

test('a stored value that no longer fits stays until it or its parent is changed', async () => {
  const { id } = await crm.create('tickets', { pipeline: 'sales', phase: 'offer' });
  await crm.platform.database.run(`update data.ticket set pipeline = 'service' where id = $1::uuid`, [id]);
  expect((await patch(id, { pipeline: 'service', phase: 'offer', name: 'sent as it is' })).status).toBe(204);
  expect((await patch(id, { phase: 'done' })).status).toBe(204);
});

test('many records in one request are judged one by one', async () => {
  const records = [
    { pipeline: 'sales', phase: 'offer' },
    { pipeline: 'service', phase: 'offer' },
    { pipeline: 'service', phase: 'visit' },
  ];
  const answer = await crm.call(crm.admin, 'POST', '/tickets/bulk', { mode: 'create', records });
  const results = answer.json.results as { status: number; error?: { details: { message: string }[] } }[];
  expect(results.map(({ status }) => status)).toEqual([201, 400, 201]);
  expect(results[1]?.error?.details[0]?.message).toBe('phase: offer does not go with pipeline service; it needs sales');
});

test('a default that does not go with the parent gives way to the first active value that does', async () => {
  const made = async (values: object) => {
    const { phase, detail } = await crm.create('errands', { detail_kind: 'sales', ...values });
    return [phase, detail];
  };
  expect(await made({})).toEqual(['offer', 'price']);
  expect(await made({ pipeline: 'sales' })).toEqual(['offer', 'price']);
  expect(await made({ pipeline: 'service', detail: 'road', phase: 'visit' })).toEqual(['visit', 'road']);
  expect(await made({ pipeline: 'sales', detail: null })).toEqual(['offer', null]);
  expect(await made({ phase: 'visit', pipeline: 'service' })).toEqual(['visit', 'road']);
  // `new` goes with every pipeline and comes first; no detail goes with it, and none is needed.
  expect(await made({ pipeline: 'service' })).toEqual(['new', null]);
  const refused = await crm.call(crm.admin, 'POST', '/errands', { pipeline: 'closed', detail_kind: 'sales' });
  expect(refusal(refused)).toEqual([
    400,
    ['size|size: big does not go with pipeline closed; it needs sales or service'],
  ]);
  const none = await crm.call(crm.admin, 'POST', '/errands', {});
  expect(refusal(none)).toEqual([
    400,
    ['note|note: done does not go with detail_kind (none); it needs sales or service'],
  ]);
  const records = [
    { pipeline: 'service', detail: null },
    { pipeline: 'sales', detail: null },
  ];
  const bulk = await crm.call(crm.admin, 'POST', '/errands/bulk', {
    mode: 'create',
    records: records.map((each) => ({ ...each, detail_kind: 'sales', name: 'bulk' })),
  });
  expect(bulk.json.results.map(({ status }: { status: number }) => status)).toEqual([201, 201]);
  const list = await crm.call(
    crm.admin,
    'GET',
    "/errands?$filter=name eq 'bulk'&$select=pipeline,phase&$orderby=pipeline",
  );
  expect(list.json.value).toMatchObject([
    { pipeline: 'sales', phase: 'offer' },
    { pipeline: 'service', phase: 'new' },
  ]);
});
