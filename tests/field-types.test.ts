// The contract of field types, over PostgreSQL: every valid example of every type goes through POST, GET, PATCH, $filter and
// $orderby and comes back as the type stores it; every invalid one is refused with its target, and nothing is stored. Every operator
// of a type is asked, and every other one refused. The same file runs over PostgreSQL 15 (.ci/postgresql15).
import { FIELD_TYPES, type FieldExample, type Property, type SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';
import { canonical, literal, QUESTIONS } from './field-type-questions.ts';

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

/** A record that the first test of a type leaves for the others: the value as it was sent, and as it was read back. */
interface Sample {
  readonly label: string;
  readonly sent: unknown;
  readonly value: unknown;
}

const samples = new Map<string, Sample[]>();

function samplesOf({ entity }: Probe): Sample[] {
  const known = samples.get(entity) ?? [];
  samples.set(entity, known);
  return known;
}

/** Records of a type whose values the service gives. */
async function drawSamples(probe: Probe): Promise<void> {
  for (const label of ['0', '1', '2']) {
    const created = await crm.create(`${probe.entity}s`, { label });
    const value = created[propertyOf(probe)];
    expect(value).toEqual(expect.any(String));
    samplesOf(probe).push({ label, sent: value, value });
  }
}

/** Types whose values are compared with null only. */
const OPAQUE: ReadonlySet<string> = new Set(['Edm.Untyped', 'Collection(Edm.String)']);

function codesOf({ status, json }: Answer): string[] {
  expect(status).toBe(400);
  return json.details.map(({ code }: { code: string }) => code);
}

const EXACT = { accept: 'application/json;IEEE754Compatible=true' };

/** A field that only leads to records has no value to write; more of what it does is in tests/many.test.ts. */
const isLink = ({ type }: Probe): boolean => FIELD_TYPES.get(type)?.associations !== undefined;
const VALUED = PROBES.filter((probe) => !isLink(probe));

describe.each(PROBES.filter(isLink))('$entity', (probe) => {
  const set = `${probe.entity}s`;

  test('links and unlinks records, shows them, and takes, filters and orders no value', async () => {
    const { id } = await crm.create('companies', { name: 'Linked' });
    const made = await crm.create(set, { label: 'bound', 'value@odata.bind': [`companies(${id})`] });
    const path = `/${set}(${made.id})`;
    const shown = async (): Promise<string[]> => {
      const { json } = await crm.call(crm.admin, 'GET', `${path}?$expand=value($select=id)`);
      return json.value.map((row: { id: string }) => row.id);
    };
    expect(await shown()).toEqual([id]);
    expect((await crm.call(crm.admin, 'DELETE', `${path}/value(${id})/$ref`)).status).toBe(204);
    expect(await shown()).toEqual([]);
    expect((await crm.call(crm.admin, 'POST', `${path}/value/$ref`, { '@odata.id': `companies(${id})` })).status).toBe(
      204,
    );
    expect(await shown()).toEqual([id]);
    for (const value of ['x', 1, true, {}, [id]]) {
      const refused = await crm.call(crm.admin, 'POST', `/${set}`, { label: 'bad', value });
      expect([value, refused.status, refused.json.target]).toEqual([
        value,
        400,
        Array.isArray(value) ? 'value/0' : 'value',
      ]);
    }
    for (const option of ['$filter=value eq null', '$orderby=value']) {
      const refused = await crm.call(crm.admin, 'GET', `/${set}?${option}`);
      expect([option, codesOf(refused)]).toEqual([option, ['unknown_property']]);
    }
    expect((await crm.call(crm.admin, 'GET', `/${set}/$count`)).text).toBe('1');
  });
});

describe.each(VALUED)('$entity', (probe) => {
  const set = `${probe.entity}s`;

  test('stores every valid example by POST and PATCH and reads it back as its type stores it', async () => {
    const property = propertyOf(probe);
    if (mainProperty(probe).readOnly) return drawSamples(probe);
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
      samplesOf(probe).push({ label: String(index), sent: value, value: created.json[property] });
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

  test('finds exactly the records that have a value by eq and in, as it was sent and as it is stored', async () => {
    const property = mainProperty(probe);
    if (!property.operators.has('in')) return expectRefused(`/${set}?$filter=${property.name} in ('x')`);
    for (const { sent, value } of samplesOf(probe)) {
      const same = samplesOf(probe).filter((other) => canonical(other.value) === canonical(value));
      const labels = same.map(({ label }) => label);
      for (const form of new Set([sent, value])) {
        const operand = literal(property, form);
        expect(await filtered(set, `${property.name} eq ${operand}`), operand).toEqual(labels);
        expect(await filtered(set, `${property.name} in (${operand},null)`), operand).toEqual(labels);
      }
      const others = samplesOf(probe).filter((other) => !same.includes(other));
      const different = others.map(({ label }) => label);
      expect(await filtered(set, `${property.name} ne ${literal(property, value)}`)).toEqual(different);
    }
  });

  test('finds what is less and what is greater, where the type has an order that comparison and $orderby share', async () => {
    const property = mainProperty(probe);
    // Texts are compared by code point and ordered by their collation.
    if (!property.operators.has('lt') || property.type === 'Edm.String') return;
    for (const [index, { value }] of samplesOf(probe).entries()) {
      const [operand, labels] = [literal(property, value), samplesOf(probe).map(({ label }) => label)];
      const equal = samplesOf(probe).filter((other) => canonical(other.value) === canonical(value)).length;
      expect(await filtered(set, `${property.name} lt ${operand}`)).toEqual(labels.slice(0, index));
      expect(await filtered(set, `${property.name} ge ${operand}`)).toEqual(labels.slice(index));
      expect(await filtered(set, `${property.name} gt ${operand}`)).toEqual(labels.slice(index + equal));
      expect(await filtered(set, `not (${property.name} le ${operand})`)).toEqual(labels.slice(index + equal));
    }
  });

  test('finds records with and without a value, and asks for the members of a collection', async () => {
    const { name, operators, type, nullable, readOnly } = mainProperty(probe);
    expect(operators.has('eq') && operators.has('ne')).toBe(true);
    const labels = samplesOf(probe).map(({ label }) => label);
    const empty = await crm.create(set, { label: 'none' });
    const isNull = nullable && !readOnly && empty[name] === null;
    expect(await filtered(set, `${name} eq null`)).toEqual(isNull ? ['none'] : []);
    expect(await filtered(set, `${name} ne null`)).toEqual(isNull ? labels : [...labels, 'none']);
    if (type === 'Collection(Edm.String)') {
      for (const member of mainProperty(probe).values ?? []) {
        const having = samplesOf(probe).filter(({ value }) => (value as string[]).includes(member));
        const found = await filtered(set, `${name}/any(x:x eq '${member}')`);
        expect(found).toEqual(having.map(({ label }) => label));
        expect(await filtered(set, `not ${name}/all(x:x ne '${member}')`)).toEqual(found);
      }
      expect(await filtered(set, `not ${name}/any()`)).toContain('none');
    }
    await crm.call(crm.admin, 'DELETE', `/${set}(${empty.id})`);
  });

  test('answers every operator of its type and refuses every other one', async () => {
    const property = mainProperty(probe);
    const operand = OPAQUE.has(property.type) ? 'null' : literal(property, samplesOf(probe)[0]?.value);
    for (const [operator, ask] of Object.entries(QUESTIONS)) {
      const path = `/${set}?$filter=${encodeURIComponent(ask(property.name, operand))}&$top=1`;
      const answer = await crm.call(crm.admin, 'GET', path);
      if (property.operators.has(operator)) expect([operator, answer.status]).toEqual([operator, 200]);
      else expect([operator, codesOf(answer)]).toEqual([operator, expect.arrayContaining(['operator_not_applicable'])]);
    }
    const unknown = [...property.operators].filter((operator) => QUESTIONS[operator] === undefined);
    expect(unknown).toEqual([]);
  });

  test('orders the valid examples as they are listed, nulls first, where the type has an order', async () => {
    const property = mainProperty(probe);
    if (property.sortable === false) return expectRefused(`/${set}?$orderby=${property.name}`);
    const empty = await crm.create(set, { label: 'none' });
    const listed = samplesOf(probe).map(({ label }) => label);
    for (const labels of [await page(set, property.name, 200), await page(set, property.name, 2)]) {
      if (empty[property.name] === null) expect(labels[0]).toBe('none');
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
      const values = { label: 'bad', ...payloadOf(probe, value) };
      const refused = await crm.call(crm.admin, 'POST', `/${set}`, values, { prefer: 'handling=strict' });
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

/** Labels of the records that a filter finds, in the order in which they were made. */
async function filtered(set: string, filter: string): Promise<string[]> {
  const query = `$filter=${encodeURIComponent(filter)}&$orderby=created_on&$select=label&$top=1000`;
  const list = await crm.call(crm.admin, 'GET', `/${set}?${query}`);
  expect(list.status, `${filter}: ${list.text}`).toBe(200);
  return list.json.value.map((row: { label: string }) => row.label);
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
