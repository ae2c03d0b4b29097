// The contract of field types, over PostgreSQL: every valid example of every type goes through POST, GET, PATCH, $filter and
// $orderby and comes back as the type stores it; every invalid one is refused with its target, and nothing is stored.
import { FIELD_TYPES, type FieldExample, type Property, type SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

interface Probe {
  readonly type: string;
  readonly entity: string;
  readonly example: FieldExample;
}

const PROBES: readonly Probe[] = [...FIELD_TYPES.values()].flatMap((type) =>
  type.examples.map((example, index) => ({ type: type.name, entity: `probe_${type.name}_${index}`, example })),
);

let crm: Crm;

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, ...PROBES.map(probeDocument), FORM] });
});

afterAll(() => crm?.close());

const COLORS = { red: { label: { en: 'Red' }, order: 1 }, blue: { label: { en: 'Blue' }, order: 2 } };

const FORM = entityDocument('form', {
  email: { type: 'email', unique: true },
  phone: { type: 'phone' },
  site: { type: 'url', default: 'Example.com/A' },
  length: { type: 'duration' },
  colors: { type: 'multi_choice', values: COLORS },
  place: { type: 'address' },
  data: { type: 'json' },
});

function probeDocument({ entity, example }: Probe): SourceDocument {
  return entityDocument(entity, { value: example.field });
}

function entityDocument(name: string, fields: Readonly<Record<string, unknown>>): SourceDocument {
  const body = {
    name,
    set: `${name}s`,
    label: { en: name },
    plural_label: { en: `${name}s` },
    ownership: 'organization',
    title: 'label',
    fields: { label: { type: 'text', required: true }, ...fields },
  };
  return { kind: 'entity', name, layer: 'base', source: 'test', body };
}

/** The property that carries the value: a lookup's is `value_id`. */
function mainProperty(probe: Probe): Property {
  const entity = crm.platform.model().entities.get(probe.entity);
  const property = entity?.properties.get(entity.fields.get('value')?.properties[0] ?? '');
  if (property === undefined) throw new Error(`${probe.entity} has no value`);
  return property;
}

function propertyOf(probe: Probe): string {
  return mainProperty(probe).name;
}

/** A value of the main property in a payload, with what has to stand beside it. */
function payloadOf(probe: Probe, value: unknown): Record<string, unknown> {
  const beside = Object.entries(probe.example.beside ?? {}).map(([suffix, other]) => [`value${suffix}`, other]);
  return { ...Object.fromEntries(beside), [propertyOf(probe)]: value };
}

/** What is read back of a value that was sent. */
function stored(probe: Probe, value: unknown): unknown {
  return mainProperty(probe).normalize?.(value) ?? value;
}

const EXACT = { accept: 'application/json;IEEE754Compatible=true' };

/** A field that only leads to records has no value to write; what it does is in tests/many.test.ts. */
const VALUED = PROBES.filter(({ type }) => FIELD_TYPES.get(type)?.associations === undefined);

describe.each(VALUED)('$entity', (probe) => {
  const set = `${probe.entity}s`;

  test('stores every valid example by POST and PATCH and reads it back as its type stores it', async () => {
    const property = propertyOf(probe);
    for (const [index, value] of probe.example.valid.entries()) {
      await makeTarget(probe, value);
      const created = await crm.call(
        crm.admin,
        'POST',
        `/${set}`,
        { label: String(index), ...payloadOf(probe, value) },
        EXACT,
      );
      expect(created.status, `${JSON.stringify(value)}: ${created.text}`).toBe(201);
      const expected = canonical(stored(probe, value));
      expect(canonical(created.json[property])).toEqual(expected);
      const other = await crm.create(set, { label: 'patched' });
      const patched = await crm.call(crm.admin, 'PATCH', `/${set}(${other.id})`, payloadOf(probe, value));
      expect(patched.status, patched.text ?? '').toBe(204);
      const read = await crm.call(crm.admin, 'GET', `/${set}(${other.id})`, undefined, EXACT);
      expect(canonical(read.json[property])).toEqual(expected);
      const again = await crm.call(crm.admin, 'PATCH', `/${set}(${other.id})`, payloadOf(probe, read.json[property]));
      expect(again.headers.etag, 'a value that was read is the value that is stored').toBe(patched.headers.etag);
      expect((await crm.call(crm.admin, 'DELETE', `/${set}(${other.id})`)).status).toBe(204);
    }
  });

  test('finds every valid example by $filter eq, where the type can be compared', async () => {
    const property = mainProperty(probe);
    if (!property.operators.has('eq')) return expectRefused(`/${set}?$filter=${property.name} eq 'x'`);
    for (const value of probe.example.valid.map((sent) => stored(probe, sent))) {
      const filter = encodeURIComponent(`${property.name} eq ${literal(property, value)}`);
      const found = await crm.call(crm.admin, 'GET', `/${set}?$filter=${filter}`, undefined, EXACT);
      expect(found.status, `${JSON.stringify(value)}: ${found.text}`).toBe(200);
      const values = found.json.value.map((row: Record<string, unknown>) => canonical(row[property.name]));
      expect(values).toContain(canonical(value));
      for (const each of values) expect(each).toBe(canonical(value));
    }
  });

  test('orders the valid examples as they are listed, nulls first, where the type has an order', async () => {
    const property = mainProperty(probe);
    if (property.sortable === false) return expectRefused(`/${set}?$orderby=${property.name}`);
    const empty = await crm.create(set, { label: 'none' });
    const listed = probe.example.valid.map((_, index) => String(index));
    const withDefault = Object.hasOwn(probe.example.field, 'default');
    for (const labels of [await page(set, property.name, 200), await page(set, property.name, 2)]) {
      if (!withDefault) expect(labels[0]).toBe('none');
      expect(labels.filter((label) => label !== 'none')).toEqual(listed);
    }
    const descending = await page(set, `${property.name} desc`, 2);
    expect(descending.filter((label) => label !== 'none')).toEqual(listed.toReversed());
    await crm.call(crm.admin, 'DELETE', `/${set}(${empty.id})`);
  });

  test('refuses every invalid example with its target and stores nothing', async () => {
    const property = propertyOf(probe);
    const before = (await crm.call(crm.admin, 'GET', `/${set}/$count`)).text;
    for (const value of probe.example.invalid) {
      const refused = await crm.call(crm.admin, 'POST', `/${set}`, { label: 'bad', ...payloadOf(probe, value) });
      expect(refused.status, JSON.stringify(value)).toBe(400);
      expect(refused.json.details.map((detail: { target: string }) => detail.target)).toEqual([property]);
    }
    expect((await crm.call(crm.admin, 'GET', `/${set}/$count`)).text).toBe(before);
  });
});

describe('values that are written differently and mean the same', () => {
  test('are one value to a key, a default and a change', async () => {
    const first = await crm.create('forms', { label: 'a', email: ' anna@EXAMPLE.com', phone: '+1 (202) 555-0101' });
    expect(first).toMatchObject({ email: 'anna@example.com', phone: '+12025550101', site: 'https://example.com/A' });
    const second = await crm.call(crm.admin, 'POST', '/forms', { label: 'b', email: 'anna@Example.Com' });
    expect([second.status, second.json.code]).toEqual([409, 'duplicate_key']);
    const path = `/forms(${first.id})`;
    const same = {
      email: 'anna@EXAMPLE.COM',
      phone: '+1 202 555 0101',
      site: 'HTTPS://EXAMPLE.COM/A',
      length: 'PT60M',
    };
    const patched = await crm.call(crm.admin, 'PATCH', path, { ...same, colors: ['blue', 'red'] });
    const again = await crm.call(crm.admin, 'PATCH', path, { length: 'PT1H', colors: ['red', 'blue'] });
    expect([patched.headers.etag, again.headers.etag]).toEqual(['W/"2"', 'W/"2"']);
    const log = await crm.platform.database.run(
      'select after::text as after from kartoteka.change_log where record_id = $1::uuid order by version desc limit 1',
      [first.id],
    );
    expect(JSON.parse(String(log[0]?.after))).toEqual({ length: 'PT1H', colors: ['red', 'blue'] });
  });
});

test('an address is written and read part by part', async () => {
  const place = {
    place_street: 'Unter den Linden 1',
    place_city: 'Berlin',
    place_postal_code: '10117',
    place_country: 'DE',
  };
  const form = await crm.create('forms', { label: 'address', ...place });
  expect(form).toMatchObject({ ...place, place_region: null });
  const found = await crm.call(crm.admin, 'GET', "/forms?$filter=place_country eq 'DE' and startswith(place_city,'B')");
  expect(found.json.value.map((row: { id: string }) => row.id)).toEqual([form.id]);
  const refused = await crm.call(crm.admin, 'POST', '/forms', { label: 'bad', place_country: 'de', place: 'Berlin' });
  expect(refused.json.details).toMatchObject([{ target: 'place' }, { target: 'place_country' }]);
});

test('numbers in JSON keep every digit', async () => {
  const form = await crm.call(
    crm.admin,
    'POST',
    '/forms',
    '{"label": "exact", "data": {"n": 12345678901234567890.123}}',
  );
  expect(form.text).toContain('12345678901234567890.123');
  const deep = `{"label": "deep", "data": ${'['.repeat(100_000)}1234567890123456789${']'.repeat(100_000)}}`;
  expect((await crm.call(crm.admin, 'POST', '/forms', deep)).status).toBe(400);
  for (const number of ['1e400', '12345678901234567890', '1e-400', '-1e99999']) {
    const top = await crm.call(crm.admin, 'POST', '/forms', `{"label": "top", "data": ${number}}`);
    expect([number, top.status]).toEqual([number, number.includes('e') ? 400 : 201]);
    if (top.status === 201) expect(top.text).toContain(`"data":${number}`);
  }
});

test('PostgreSQL has what the types ask for', async () => {
  expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
});

/** A lookup's example needs the record it names. */
async function makeTarget(probe: Probe, id: unknown): Promise<void> {
  if (probe.type !== 'lookup') return;
  const known = await crm.call(crm.admin, 'GET', `/companies(${id})`);
  if (known.status === 404) await crm.create('companies', { id, name: `Company ${id}` });
}

async function expectRefused(path: string): Promise<void> {
  const refused = await crm.call(crm.admin, 'GET', path);
  expect([refused.status, refused.json.details?.[0]?.code ?? refused.json.code]).toEqual([
    400,
    'operator_not_applicable',
  ]);
}

/** Labels of all records in an order, read in pages of a size. */
async function page(set: string, order: string, size: number): Promise<string[]> {
  const labels: string[] = [];
  let path: string | undefined = `/${set}?$orderby=${order}&$select=label`;
  while (path !== undefined) {
    const list = await crm.call(crm.admin, 'GET', path, undefined, { prefer: `odata.maxpagesize=${size}` });
    expect(list.status, list.text ?? '').toBe(200);
    labels.push(...list.json.value.map((row: { label: string }) => row.label));
    const next: string | undefined = list.json['@odata.nextLink'];
    path = next?.slice(next.indexOf(`/${set}`));
  }
  return labels;
}

/** One text per value: numbers without trailing zeros, moments in UTC with microseconds. Arrays and objects as they are. */
function canonical(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return value;
  if (typeof value === 'boolean' || value === null) return String(value);
  const text = String(value);
  const moment = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (moment !== null)
    return `${new Date(`${moment[1]}${moment[3]}`).toISOString()}.${(moment[2] ?? '').padEnd(6, '0')}`;
  if (/^-?\d+(\.\d+)?$/.test(text)) return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return text;
}

/** The value as an OData literal of its property's type. */
function literal({ type }: Property, value: unknown): string {
  return type === 'Edm.String' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
}
