// A field of every type is added to a table that has records already: the columns, checks and indexes arrive, the records
// stay readable, and the new properties can be written.
import { FIELD_TYPES, type SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, publish, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, principalOf, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;

beforeAll(async () => {
  crm = await startCrm();
});

afterAll(() => crm?.close());

test('a field of every type is added to companies that exist', async () => {
  const { id } = await crm.create('companies', { name: 'Here before' });
  const documents = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const extended = documents.map((document) =>
    document.kind === 'entity' && document.name === 'company' ? withEveryType(document) : document,
  );
  const { database } = crm.platform;
  await publish(database, { documents: extended, author: null, comment: 'Every type', log: quietLog });
  await expect.poll(() => crm.platform.model().entities.get('company')?.fields.has('added_json')).toBe(true);
  const model = crm.platform.model();
  await expect.poll(() => compareCatalogue(database, model)).toEqual([]);
  const admin = await principalOf(crm.platform, crm.admin.id);
  const before = await crm.call(admin, 'GET', `/companies(${id})`);
  expect(before.status, JSON.stringify(before.json)).toBe(200);
  const entity = model.entities.get('company');
  const values: Record<string, unknown> = {};
  for (const [name, type] of FIELD_TYPES) {
    const field = entity?.fields.get(`added_${name}`);
    const property = field?.properties[0];
    // A relation alone: nothing of it is shown unless it is asked for.
    if (property === undefined) continue;
    const [computed] = type.computed?.examples ?? [];
    const given = EMPTY[name] ?? computed?.cases[0]?.value ?? null;
    expect([name, before.json[property]]).toEqual([name, given]);
    const written = entity?.properties.get(property)?.readOnly === false;
    if (name !== 'lookup' && written) values[property] = type.examples[0]?.valid.at(-1);
  }
  const patched = await crm.call(admin, 'PATCH', `/companies(${id})`, values);
  expect(patched.status, JSON.stringify(patched.json)).toBe(204);
});

/** What a record that was there has of types that leave none without a value. */
const EMPTY: Readonly<Record<string, unknown>> = { multi_choice: [], auto_number: 'D-0001' };

function withEveryType(document: SourceDocument): SourceDocument {
  const body = document.body as { fields: Record<string, unknown> };
  const added = [...FIELD_TYPES.values()].flatMap((type) => {
    const [computed] = type.computed?.examples ?? [];
    const beside = Object.entries(computed?.beside(document.name) ?? {});
    return [...beside, [`added_${type.name}`, (computed ?? type.examples[0])?.field]];
  });
  return { ...document, body: { ...body, fields: { ...body.fields, ...Object.fromEntries(added) } } };
}
