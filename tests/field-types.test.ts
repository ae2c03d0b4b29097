// The contract of field types, over PostgreSQL: every valid example of every type goes through POST, GET, PATCH, $filter and
// $orderby and comes back equal; every invalid one is refused with its target, and nothing is stored.
import { FIELD_TYPES, type FieldExample, type SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
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
  crm = await startCrm({ documents: [...shipped, ...PROBES.map(probeDocument)] });
});

afterAll(() => crm?.close());

function probeDocument({ entity, example }: Probe): SourceDocument {
  const body = {
    name: entity,
    set: `${entity}s`,
    label: { en: entity },
    plural_label: { en: `${entity}s` },
    ownership: 'organization',
    title: 'label',
    fields: { label: { type: 'text', required: true }, value: example.field },
  };
  return { kind: 'entity', name: entity, layer: 'base', source: 'test', body };
}

/** The property that carries the value: a lookup's is `value_id`. */
function propertyOf(probe: Probe): string {
  const property = crm.platform.model().entities.get(probe.entity)?.fields.get('value')?.properties[0];
  if (property === undefined) throw new Error(`${probe.entity} has no value`);
  return property;
}

const EXACT = { accept: 'application/json;IEEE754Compatible=true' };

describe.each(PROBES)('$entity', (probe) => {
  const set = `${probe.entity}s`;

  test('stores every valid example by POST and PATCH and reads it back equal', async () => {
    const property = propertyOf(probe);
    for (const [index, value] of probe.example.valid.entries()) {
      await makeTarget(probe, value);
      const created = await crm.call(crm.admin, 'POST', `/${set}`, { label: String(index), [property]: value }, EXACT);
      expect(created.status, `${JSON.stringify(value)}: ${created.text}`).toBe(201);
      expect(canonical(created.json[property])).toBe(canonical(value));
      const other = await crm.create(set, { label: 'patched' });
      const patched = await crm.call(crm.admin, 'PATCH', `/${set}(${other.id})`, { [property]: value });
      expect(patched.status, patched.text ?? '').toBe(204);
      const read = await crm.call(crm.admin, 'GET', `/${set}(${other.id})`, undefined, EXACT);
      expect(canonical(read.json[property])).toBe(canonical(value));
      expect((await crm.call(crm.admin, 'DELETE', `/${set}(${other.id})`)).status).toBe(204);
    }
  });

  test('finds every valid example by $filter eq', async () => {
    for (const value of probe.example.valid) {
      const filter = encodeURIComponent(`${propertyOf(probe)} eq ${literal(probe, value)}`);
      const found = await crm.call(crm.admin, 'GET', `/${set}?$filter=${filter}`, undefined, EXACT);
      expect(found.status, `${JSON.stringify(value)}: ${found.text}`).toBe(200);
      expect(found.json.value.map((row: Record<string, unknown>) => canonical(row[propertyOf(probe)]))).toContain(
        canonical(value),
      );
      for (const row of found.json.value) expect(canonical(row[propertyOf(probe)])).toBe(canonical(value));
    }
  });

  test('orders the valid examples as they are listed, nulls first', async () => {
    const empty = await crm.create(set, { label: 'none' });
    const list = await crm.call(crm.admin, 'GET', `/${set}?$orderby=${propertyOf(probe)}&$select=label&$top=200`);
    const labels = list.json.value.map((row: { label: string }) => row.label);
    const withDefault = Object.hasOwn(probe.example.field, 'default');
    if (!withDefault) expect(labels[0]).toBe('none');
    expect(labels.filter((label: string) => label !== 'none')).toEqual(
      probe.example.valid.map((_, index) => String(index)),
    );
    await crm.call(crm.admin, 'DELETE', `/${set}(${empty.id})`);
  });

  test('refuses every invalid example with its target and stores nothing', async () => {
    const property = propertyOf(probe);
    const before = (await crm.call(crm.admin, 'GET', `/${set}/$count`)).text;
    for (const value of probe.example.invalid) {
      const refused = await crm.call(crm.admin, 'POST', `/${set}`, { label: 'bad', [property]: value });
      expect(refused.status, JSON.stringify(value)).toBe(400);
      expect(refused.json.details.map((detail: { target: string }) => detail.target)).toEqual([property]);
    }
    expect((await crm.call(crm.admin, 'GET', `/${set}/$count`)).text).toBe(before);
  });
});

/** A lookup's example needs the record it names. */
async function makeTarget(probe: Probe, id: unknown): Promise<void> {
  if (probe.type !== 'lookup') return;
  const known = await crm.call(crm.admin, 'GET', `/companies(${id})`);
  if (known.status === 404) await crm.create('companies', { id, name: `Company ${id}` });
}

/** One text per value: numbers without trailing zeros, moments in UTC with microseconds. */
function canonical(value: unknown): string {
  if (typeof value === 'boolean' || value === null) return String(value);
  const text = String(value);
  const moment = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (moment !== null)
    return `${new Date(`${moment[1]}${moment[3]}`).toISOString()}.${(moment[2] ?? '').padEnd(6, '0')}`;
  if (/^-?\d+(\.\d+)?$/.test(text)) return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return text;
}

/** The value as an OData literal of its property's type. */
function literal(probe: Probe, value: unknown): string {
  const property = crm.platform.model().entities.get(probe.entity)?.properties.get(propertyOf(probe));
  return property?.type === 'Edm.String' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
}
