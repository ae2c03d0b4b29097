// Computed fields over records that are there: publishing, changing and removing one touches no table, and what comes before or
// after it under the same name keeps its own values.
import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, type Principal, publish } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entityDocument, roleDocument, shippedDocuments } from './computed-kit.ts';
import { type Crm, principalOf, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let id: string;

const LINE = entityDocument('line', {
  text: { type: 'text' },
  bill: { type: 'lookup', targets: ['bill'], inverse: 'lines' },
  tags: { type: 'many', target: 'label', inverse: 'lines' },
  labels: { type: 'many', target: 'label', inverse: 'labelled', through: 'line_label' },
  size: { type: 'integer' },
  price: { type: 'money' },
});
const LABEL = (fields: Readonly<Record<string, unknown>>) =>
  entityDocument('label', { name: { type: 'text' }, ...fields });
const LINE_LABEL = entityDocument('line_label', {
  note: { type: 'text' },
  line: { type: 'lookup', targets: ['line'], on_delete: 'cascade' },
  label: { type: 'lookup', targets: ['label'], on_delete: 'cascade' },
});
const bill = (fields: Readonly<Record<string, unknown>>) =>
  entityDocument('bill', { name: { type: 'text' }, ...fields });

const COUNTS = {
  tagged: { type: 'rollup', relation: 'lines', aggregate: 'sum', field: 'size' },
  linked: { type: 'rollup', relation: 'labelled', aggregate: 'sum', field: 'size', filter: 'size gt 1' },
};

/** Reads both ends of links, but not the links that are records. */
const NO_LINKS = roleDocument('no_links', { line: { read: 'organization' }, label: { read: 'organization' } });

async function documents(fields: Readonly<Record<string, unknown>>): Promise<readonly SourceDocument[]> {
  return [...(await shippedDocuments()), LINE, LABEL(COUNTS), LINE_LABEL, bill(fields), NO_LINKS];
}

beforeAll(async () => {
  // Each of its many publishes would have a document of its own to read; computed.test.ts checks the same answers.
  crm = await startCrm({ documents: await documents({}), promised: false });
  id = (await crm.create('bills', { name: 'First' })).id;
  for (const size of [1, 2, 3]) await crm.create('lines', { text: `L${size}`, size, price: size, bill_id: id });
});

afterAll(() => crm?.close());

async function change(
  fields: Readonly<Record<string, unknown>>,
): Promise<{ ddl: readonly string[]; admin: Principal }> {
  const { database } = crm.platform;
  const published = await publish(database, {
    documents: await documents(fields),
    author: null,
    comment: 'Change',
    allowDestructive: true,
    log: quietLog,
  });
  await expect.poll(() => crm.platform.model().revision).toBe(published.revision);
  await expect.poll(() => compareCatalogue(database, crm.platform.model())).toEqual([]);
  return { ddl: published.ddl.map(({ sql }) => sql), admin: await principalOf(crm.platform, crm.admin.id) };
}

test('computed fields come, change and go without touching a table', async () => {
  const size = (aggregate: string) => ({ type: 'rollup', relation: 'lines', aggregate, field: 'size' });
  const added = await change({
    sizes: size('sum'),
    doubled: { type: 'formula', result: 'decimal', expression: 'sizes mul 2', scale: 0 },
  });
  expect(added.ddl).toEqual([]);
  expect((await crm.call(added.admin, 'GET', `/bills(${id})`)).json).toMatchObject({ sizes: 6, doubled: 12 });
  const changed = await change({
    sizes: size('max'),
    doubled: { type: 'formula', result: 'text', expression: "concat(name,'!')" },
  });
  expect(changed.ddl).toEqual([]);
  expect((await crm.call(changed.admin, 'GET', `/bills(${id})`)).json).toMatchObject({ sizes: 3, doubled: 'First!' });
  const list = await crm.call(changed.admin, 'GET', "/bills?$filter=doubled eq 'First!'&$orderby=sizes");
  expect(list.json.value).toHaveLength(1);
  const removed = await change({});
  expect(removed.ddl).toEqual([]);
  const { json } = await crm.call(removed.admin, 'GET', `/bills(${id})`);
  expect([Object.hasOwn(json, 'sizes'), Object.hasOwn(json, 'doubled')]).toEqual([false, false]);
});

test('stored values and computed ones of the same name do not meet', async () => {
  await change({ rank: { type: 'integer' } });
  const admin = await principalOf(crm.platform, crm.admin.id);
  await crm.call(admin, 'PATCH', `/bills(${id})`, { rank: 7 });
  const formula = { type: 'formula', result: 'integer', expression: 'version mul 100' };
  const refused = publish(crm.platform.database, {
    documents: await documents({ rank: formula }),
    author: null,
    comment: 'Loses values',
    log: quietLog,
  });
  await expect(refused).rejects.toMatchObject({ code: 'destructive_change' });
  const computed = await change({ rank: formula });
  expect((await crm.call(computed.admin, 'GET', `/bills(${id})`)).json.rank).toBe(200);
  const stored = await change({ rank: { type: 'integer' } });
  expect((await crm.call(stored.admin, 'GET', `/bills(${id})`)).json.rank).toBeNull();
});

test('a layer adds a formula over fields of the base, and refers to nothing that the base takes away', async () => {
  const { database } = crm.platform;
  const body = {
    extends: 'line',
    fields: { x_net: { type: 'formula', result: 'money', expression: 'price mul size', scale: 2 } },
  };
  const custom = { kind: 'entity', name: 'line', body } as const;
  await publish(database, { changes: [custom], author: null, comment: 'Custom', log: quietLog });
  await expect.poll(() => crm.platform.model().entities.get('line')?.fields.has('x_net')).toBe(true);
  const admin = await principalOf(crm.platform, crm.admin.id);
  const { json } = await crm.call(admin, 'GET', '/lines?$orderby=x_net desc&$select=x_net,x_net_currency&$top=1');
  expect(json.value[0]).toMatchObject({ x_net: 9, x_net_currency: 'USD' });
  const { size: _size, ...rest } = (LINE.body as { fields: Record<string, unknown> }).fields;
  const without = [...(await documents({})).filter((each) => each !== LINE), entityDocument('line', rest)];
  const refused = publish(database, {
    documents: without,
    author: null,
    comment: 'No size',
    allowDestructive: true,
    log: quietLog,
  });
  await expect(refused).rejects.toMatchObject({
    code: 'invalid_documents',
    details: expect.arrayContaining([
      expect.objectContaining({ target: expect.stringContaining('/fields/x_net/expression') }),
      expect.objectContaining({ target: expect.stringContaining('/fields/tagged/field') }),
    ]),
  });
  await publish(database, { changes: [{ ...custom, body: null }], author: null, comment: 'Gone', log: quietLog });
});

test('collections over links are aggregated as they are shown', async () => {
  const admin = await principalOf(crm.platform, crm.admin.id);
  const list = await crm.call(admin, 'GET', '/lines?$orderby=size&$select=id');
  const lines: string[] = list.json.value.map((line: { id: string }) => line.id);
  const label = await crm.create('labels', { name: 'Label' }, admin);
  const { junction } = crm.platform.model().entities.get('label')?.navigations.get('lines') ?? {};
  for (const line of lines.slice(0, 2)) {
    await crm.platform.database.run(
      `insert into data."${junction?.table}" ("${junction?.own}", "${junction?.other}") values ($1::uuid, $2::uuid)`,
      [label.id, line],
    );
  }
  const links: { id: string }[] = [];
  for (const line of lines) links.push(await crm.create('line_labels', { line_id: line, label_id: label.id }, admin));
  const read = async () => (await crm.call(admin, 'GET', `/labels(${label.id})?$expand=lines,labelled`)).json;
  expect(await read()).toMatchObject({ tagged: 3, linked: 5, lines: [{}, {}], labelled: [{}, {}, {}] });
  const blind = await crm.user('Without Links', ['no_links']);
  const seen = await crm.call(blind, 'GET', `/labels(${label.id})`);
  expect(seen.json, seen.text ?? '').toMatchObject({ tagged: 3, linked: 0 });
  await crm.call(admin, 'DELETE', `/line_labels(${links[2]?.id})`);
  expect(await read()).toMatchObject({ tagged: 3, linked: 2, labelled: [{}, {}] });
});
