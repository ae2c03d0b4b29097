import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileDocuments, documentSchemas, FIELD_TYPES, type Model } from '@kartoteka/metadata';
import { afterEach, expect, test } from 'vitest';
import { DocumentFileError, readDocumentFolder } from './files.ts';

const SHIPPED = join(import.meta.dirname, '../../../../metadata');
const folders: string[] = [];

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'documents-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function shippedModel(): Promise<Model> {
  const linked = compileDocuments(await readDocumentFolder(SHIPPED), { revision: 0 });
  if (!linked.ok) throw new Error(JSON.stringify(linked.errors, null, 1));
  return linked.model;
}

test('the shipped documents parse and link', async () => {
  const model = await shippedModel();
  expect([...model.entities.keys()].sort()).toEqual([
    ...['activity', 'activity_participant', 'business_unit', 'campaign', 'campaign_member', 'company', 'contact'],
    ...[
      'deal',
      'deal_contact',
      'event',
      'lead',
      'message_template',
      'notification',
      'role_assignment',
      'saved_view',
      'team',
      'team_member',
      'user',
      'web_form',
      'web_form_submission',
      'webhook',
    ],
  ]);
  expect([...model.roles.keys()].sort()).toEqual([
    ...[
      'integrator',
      'marketing',
      'sales_manager',
      'sales_representative',
      'system_administrator',
      'telephone_exchange',
    ],
  ]);
  expect(model.organization.baseCurrency).toBe('USD');
});

test('every label and description of the shipped documents is there in every language of the organization', async () => {
  const { organization } = await shippedModel();
  const missing: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, member] of Object.entries(value)) {
      // A JSON Schema has names of its own.
      if (key === 'schema') continue;
      const here = `${path}/${key}`;
      // What stands under `fields` is keyed by names of fields, and one may be called description.
      const isText = ['label', 'plural_label', 'description', 'error'].includes(key) && !path.endsWith('/fields');
      if (isText)
        missing.push(
          ...organization.languages
            .filter((each) => !Object.hasOwn(Object(member), each))
            .map((each) => `${here} ${each}`),
        );
      else visit(member, here);
    }
  };
  for (const { name, body } of await readDocumentFolder(SHIPPED)) visit(body, name);
  expect(missing).toEqual([]);
});

test('every shipped field has a label of its own', async () => {
  const entities = (await readDocumentFolder(SHIPPED)).filter(({ kind }) => kind === 'entity');
  const bare = entities.flatMap(({ name, body }) =>
    Object.entries((body as { fields?: Record<string, { label?: unknown }> }).fields ?? {}).flatMap(
      ([field, document]) => (document.label === undefined ? [`${name}.${field}`] : []),
    ),
  );
  expect(bare).toEqual([]);
});

const SEVEN = ['lead', 'contact', 'company', 'deal', 'event', 'activity', 'campaign'];

test('each of the seven entities has an external id that is a key, a default view, views of its own and a form', async () => {
  const { entities, views, forms } = await shippedModel();
  for (const name of [...SEVEN, 'user']) {
    expect([name, entities.get(name)?.keys.get('external_id')?.properties]).toEqual([name, ['external_id']]);
  }
  for (const name of SEVEN) {
    const own = [...views.values()].filter(({ entity }) => entity === name);
    expect([name, own.filter((view) => view.default).length, own.length >= 3]).toEqual([name, 1, true]);
    expect([name, own.some(({ filter }) => filter?.includes('eq me()'))]).toEqual([name, true]);
    expect([name, [...forms.values()].filter((form) => form.default && form.entity === name).length]).toEqual([
      name,
      1,
    ]);
  }
});

test('every view of the seven entities is ordered as one of their indexes is', async () => {
  const { entities, views } = await shippedModel();
  for (const { name, entity, sort } of views.values()) {
    if (!SEVEN.includes(entity)) continue;
    const keys = sort.map(({ path }) => path);
    const indexes = [...(entities.get(entity)?.indexes.values() ?? [])].map(({ properties }) => properties);
    expect([name, indexes.some((index) => keys.every((key, at) => index[at] === key))]).toEqual([name, true]);
    expect([name, new Set(sort.map(({ direction }) => direction)).size]).toEqual([name, 1]);
  }
});

test('every form shows all fields of its entity but those that are joined from others or hold many records', async () => {
  const { entities, forms } = await shippedModel();
  for (const form of forms.values()) {
    const shown = new Set(form.sections.flatMap(({ fields }) => fields.map(({ name }) => name)));
    const entity = entities.get(form.entity);
    const fields = [...(entity?.fields.values() ?? [])].filter(({ properties: [main = ''] }) => {
      const property = entity?.properties.get(main);
      return property !== undefined && !(property.readOnly && property.derived !== undefined);
    });
    expect([form.name, fields.filter(({ name }) => !shown.has(name)).map(({ name }) => name)]).toEqual([form.name, []]);
  }
});

test('marks of personal data stand on every name, address and number of a person', async () => {
  const { entities } = await shippedModel();
  const personal =
    /^(first|middle|last|full)_name$|^(second_)?email$|phone$|^birth_date$|^address_|^telegram$|^whatsapp$|^messenger$/;
  for (const name of ['lead', 'contact', 'user']) {
    const unmarked = [...(entities.get(name)?.properties.values() ?? [])].filter(
      (property) => personal.test(property.name) && property.personalData !== true,
    );
    expect([name, unmarked.map((property) => property.name)]).toEqual([name, []]);
  }
});

test('a sales representative may not change a deal that is won, and reads no other deals', async () => {
  const { roles } = await shippedModel();
  const grants = roles.get('sales_representative')?.grants.filter(({ entity }) => entity === 'deal') ?? [];
  expect(grants.every(({ depth }) => depth === 'user')).toBe(true);
  expect(grants.filter(({ when }) => when !== null).map(({ privilege }) => privilege)).toEqual(['write', 'delete']);
});

test('an administrator holds every privilege that applies, and every capability', async () => {
  const { roles, entities } = await shippedModel();
  const role = roles.get('system_administrator');
  for (const entity of entities.values()) {
    const grants = role?.grants.filter((grant) => grant.entity === entity.name) ?? [];
    expect([entity.name, grants.length]).toEqual([
      entity.name,
      { organization: 6, parent: 7, business_unit: 8, user: 8 }[entity.ownership],
    ]);
  }
  const { properties } = documentSchemas().role as { properties: { capabilities: { items: { enum: string[] } } } };
  expect([...(role?.capabilities ?? [])].sort()).toEqual([...properties.capabilities.items.enum].sort());
});

test('each document names its schema, and the schemas are those of the registered field types', async () => {
  for (const { kind, name, body } of await readDocumentFolder(SHIPPED)) {
    expect([name, (body as { $schema?: string }).$schema]).toEqual([
      name,
      expect.stringMatching(`/${kind}\\.schema\\.json$`),
    ]);
  }
  const schema = JSON.parse(await readFile(join(SHIPPED, 'entity.schema.json'), 'utf8')) as { $defs: object };
  expect(Object.keys(schema.$defs)).toEqual(
    expect.arrayContaining([...FIELD_TYPES.keys()].map((name) => `field_${name}`)),
  );
  const schemas = (await readdir(SHIPPED)).filter((file) => file.endsWith('.schema.json'));
  expect(schemas).toEqual(expect.arrayContaining(Object.keys(documentSchemas()).map((kind) => `${kind}.schema.json`)));
});

test('a file that is not JSON is named', async () => {
  const folder = await folderWith({ 'entities/deal.json': '{"name": ' });
  await expect(readDocumentFolder(folder)).rejects.toThrow(DocumentFileError);
  await expect(readDocumentFolder(folder)).rejects.toThrow(join(folder, 'entities/deal.json'));
});

test('documents are read by folder and sorted; other files are left alone', async () => {
  const folder = await folderWith({
    'entities/b.json': '{}',
    'entities/a.json': '{}',
    'entities/notes.md': 'x',
    'roles/r.json': '{}',
    'entity.schema.json': '{}',
    'organization.json': '{}',
  });
  const documents = await readDocumentFolder(folder);
  expect(documents.map(({ kind, name, layer }) => `${layer} ${kind} ${name}`)).toEqual([
    'base entity a',
    'base entity b',
    'base role r',
    'base organization organization',
  ]);
  expect(documents[0]?.source).toBe(join(folder, 'entities/a.json'));
});
