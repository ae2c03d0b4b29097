// The contract of computed field types, over PostgreSQL: every example shows its value in the answers of POST, PATCH and GET, is
// found by it, is ordered by it page by page, and cannot be written.
import { type ComputedExample, FIELD_TYPES, type Property } from '@kartoteka/metadata';
import { compareCatalogue } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entityDocument, shippedDocuments } from './computed-kit.ts';
import { type Crm, startCrm } from './crm-kit.ts';
import { canonical, literal, QUESTIONS } from './field-type-questions.ts';

interface Probe {
  readonly entity: string;
  readonly example: ComputedExample;
  readonly says: string;
}

const PROBES: readonly Probe[] = [...FIELD_TYPES.values()].flatMap((type) =>
  (type.computed?.examples ?? []).map((example, index) => ({
    entity: `probe_${type.name}_${index}`,
    example,
    says: `${type.name} ${Object.values(example.field).slice(1).join(' ')}`,
  })),
);

let crm: Crm;

beforeAll(async () => {
  const documents = PROBES.map(({ entity, example }) =>
    entityDocument(entity, { label: { type: 'text' }, value: example.field, ...example.beside(entity) }),
  );
  crm = await startCrm({ documents: [...(await shippedDocuments()), ...documents] });
});

afterAll(() => crm?.close());

/** What is only read is refused, where it would be left aside. */
const STRICT = { prefer: 'handling=strict' };
const EXACT = { accept: 'application/json;IEEE754Compatible=true' };

test('there is an example of every computed type', () => {
  expect(PROBES.length).toBeGreaterThan(10);
});

describe.each(PROBES)('$says', ({ entity, example }) => {
  const set = `${entity}s`;
  const ids: string[] = [];

  function property(): Property {
    const found = crm.platform.model().entities.get(entity)?.properties.get('value');
    if (found === undefined) throw new Error(`${entity} has no value`);
    return found;
  }

  beforeAll(async () => {
    for (const { given, parts = [] } of example.cases) {
      const { id } = await crm.create(set, { label: 'case', ...given });
      for (const part of parts) await crm.create(set, { label: 'part', ...part, whole_id: id });
      ids.push(id);
    }
  });

  test('shows the value of every case, of a new record and after a change as well', async () => {
    for (const [index, { given, parts, value }] of example.cases.entries()) {
      const read = await crm.call(crm.admin, 'GET', `/${set}(${ids[index]})`, undefined, EXACT);
      expect([read.status, canonical(read.json.value)]).toEqual([200, canonical(value)]);
      if (parts !== undefined) continue;
      const made = await crm.call(crm.admin, 'POST', `/${set}`, { label: 'made', ...given }, EXACT);
      expect(canonical(made.json.value), made.text ?? '').toBe(canonical(value));
      const path = `/${set}(${made.json.id})`;
      const shown = { ...EXACT, prefer: 'return=representation' };
      const changed = await crm.call(crm.admin, 'PATCH', path, { label: 'changed' }, shown);
      expect([changed.status, canonical(changed.json.value)]).toEqual([200, canonical(value)]);
    }
  });

  test('finds every case by its value', async () => {
    for (const [index, { value }] of example.cases.entries()) {
      const operand = value === null ? 'null' : literal(property(), value);
      const filter = encodeURIComponent(`label eq 'case' and value eq ${operand}`);
      const found = await crm.call(crm.admin, 'GET', `/${set}?$filter=${filter}`);
      expect([found.status, found.json.value?.map(({ id }: { id: string }) => id)], found.text ?? '').toEqual([
        200,
        [ids[index]],
      ]);
    }
  });

  test('answers every operator of its type and refuses every other one', async () => {
    const { operators } = property();
    const value = example.cases.find((each) => each.value !== null)?.value;
    for (const [operator, ask] of Object.entries(QUESTIONS)) {
      const path = `/${set}?$filter=${encodeURIComponent(ask('value', literal(property(), value)))}&$top=1`;
      const { status, json } = await crm.call(crm.admin, 'GET', path);
      expect([operator, status]).toEqual([operator, operators.has(operator) ? 200 : 400]);
      if (status === 400)
        expect(json.details.map(({ code }: { code: string }) => code)).toContain('operator_not_applicable');
    }
  });

  test('orders the cases in both directions, page by page', async () => {
    for (const size of [100, 1]) {
      expect(await pages(set, 'value', size)).toEqual(ids);
      expect(await pages(set, 'value desc', size)).toEqual(ids.toReversed());
      expect(await pages(set, 'label,value desc', size)).toEqual(ids.toReversed());
    }
  });

  test('refuses the value in a payload, and changes nothing', async () => {
    for (const { value } of example.cases) {
      const created = await crm.call(crm.admin, 'POST', `/${set}`, { label: 'refused', value }, STRICT);
      const patched = await crm.call(crm.admin, 'PATCH', `/${set}(${ids[0]})`, { label: 'refused', value }, STRICT);
      for (const { status, json } of [created, patched]) {
        expect([status, json.details]).toMatchObject([400, [{ code: 'read_only', target: 'value' }]]);
      }
    }
    expect((await crm.call(crm.admin, 'GET', `/${set}/$count?$filter=label eq 'refused'`)).text).toBe('0');
  });
});

test('PostgreSQL has no column of them', async () => {
  expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
  const columns = await crm.platform.database.run(
    `select count(*) as n from information_schema.columns where table_schema = 'data' and column_name = 'value' and table_name like 'probe\\_%'`,
  );
  expect(Number(columns[0]?.n)).toBe(0);
});

/** Ids of the cases in an order, read in pages of a size. */
async function pages(set: string, order: string, size: number): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = `/${set}?$filter=label eq 'case'&$orderby=${order}&$select=id`;
  while (path !== undefined) {
    const list = await crm.call(crm.admin, 'GET', path, undefined, { prefer: `odata.maxpagesize=${size}` });
    expect(list.status, list.text ?? '').toBe(200);
    ids.push(...list.json.value.map(({ id }: { id: string }) => id));
    const next: string | undefined = list.json['@odata.nextLink'];
    path = next?.slice(next.indexOf(`/${set}`));
  }
  return ids;
}
