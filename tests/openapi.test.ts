// The OpenAPI document: what it has for whom, and that it holds together. Whether answers are as it says is checked wherever tests call
// the service (test-kit/openapi-check.ts).
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, publish } from '@kartoteka/platform';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crm, quietLog, startCrm } from './crm-kit.ts';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is JSON of any shape
type Json = any;

let crm: Crm;
let representative: Principal;
let nobody: Principal;
beforeAll(async () => {
  crm = await startCrm();
  representative = await crm.user('Rita', ['sales_representative']);
  nobody = await crm.user('Norman', []);
});
afterAll(() => crm.close());

const documentFor = async (principal: Principal, headers: Record<string, string> = {}): Promise<Json> => {
  const { status, json } = await crm.call(principal, 'GET', '/openapi.json', undefined, headers);
  expect(status).toBe(200);
  return json;
};

/** Every object of the document with the pointer to it. */
function* objects(value: Json, pointer = '#'): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return;
  yield [pointer, value];
  for (const [name, member] of Object.entries(value)) yield* objects(member, `${pointer}/${name}`);
}

const operations = (document: Json): Json[] =>
  Object.values<Json>(document.paths).flatMap(({ parameters, ...item }) => Object.values(item));

const GADGET: SourceDocument = {
  kind: 'entity',
  name: 'x_gadget',
  layer: 'custom',
  source: 'x_gadget.json',
  body: {
    name: 'x_gadget',
    set: 'x_gadgets',
    label: { en: 'Gadget', ru: 'Прибор' },
    plural_label: { en: 'Gadgets', ru: 'Приборы' },
    ownership: 'organization',
    title: 'x_name',
    fields: {
      x_name: { type: 'text', label: { en: 'Name' }, max_length: 80, required: true, pattern: '[A-Z]{2}-\\d{4}' },
      x_code: { type: 'text', label: { en: 'Code' }, max_length: 20, unique: true },
    },
  },
};

describe('the document', () => {
  test('refers only to what it has, and has nothing that is not referred to', async () => {
    for (const principal of [crm.admin, representative, nobody]) {
      const document = await documentFor(principal);
      const referred = new Set<string>();
      for (const [, { $ref }] of objects(document)) if (typeof $ref === 'string') referred.add($ref);
      const there = Object.entries<Json>(document.components).flatMap(([kind, pieces]) =>
        Object.keys(pieces).map((name) => `#/components/${kind}/${name}`),
      );
      expect([...referred].filter((each) => !there.includes(each))).toEqual([]);
      const used = there.filter((each) => !each.includes('/securitySchemes/'));
      expect(used.filter((each) => !referred.has(each))).toEqual([]);
    }
  });

  test('names every operation once, with a tag that it has, a summary, a description and answers', async () => {
    const document = await documentFor(crm.admin);
    const all = operations(document);
    const ids = all.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = new Set(document.tags.map(({ name }: Json) => name));
    for (const { operationId, tags: own, summary, description, responses } of all) {
      expect(
        own.filter((tag: string) => !tags.has(tag)),
        operationId,
      ).toEqual([]);
      expect(
        [summary, description].every((text) => text?.length > 3),
        operationId,
      ).toBe(true);
      expect(
        Object.keys(responses).some((status) => /^[23]/.test(status)),
        operationId,
      ).toBe(true);
    }
  });

  test('has a parameter for every part of a path', async () => {
    const document = await documentFor(crm.admin);
    const resolve = (each: Json): Json =>
      each.$ref === undefined ? each : document.components.parameters[each.$ref.split('/').at(-1)];
    for (const [path, { parameters = [] }] of Object.entries<Json>(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
      const given = parameters.map(resolve).filter(({ in: where }: Json) => where === 'path');
      expect(given.map(({ name }: Json) => name).sort(), path).toEqual(named);
    }
  });

  test('gives examples that are valid', async () => {
    const document = await documentFor(crm.admin);
    const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    let examples = 0;
    for (const [name, { example }] of Object.entries<Json>(document.components.schemas)) {
      if (example === undefined) continue;
      examples += 1;
      const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
      expect(validate(example), `${name}: ${JSON.stringify(validate.errors)} ${JSON.stringify(example)}`).toBe(true);
    }
    expect(examples).toBeGreaterThan(40);
  });
});

describe('rights', () => {
  test('leave out entities and operations that the caller may not use', async () => {
    const [all, some, none] = await Promise.all([crm.admin, representative, nobody].map((each) => documentFor(each)));
    expect(all.paths['/api/v1/deals'].post).toBeDefined();
    expect(all.paths['/api/v1/security_events']).toBeDefined();
    expect(some.paths['/api/v1/deals({id})'].patch).toBeDefined();
    expect(some.paths['/api/v1/security_events']).toBeUndefined();
    expect(some.paths['/api/v1/contacts({id})/redact']).toBeUndefined();
    expect(some.paths['/api/v1/role_assignments']).toBeUndefined();
    expect(Object.keys(some.components.schemas).filter((name) => name.startsWith('role_assignment.'))).toEqual([]);
    expect(Object.keys(none.paths).sort()).toEqual([
      '/api/v1',
      '/api/v1/$batch',
      '/api/v1/$entity',
      '/api/v1/$metadata',
      '/api/v1/calendar_feed',
      '/api/v1/change_my_settings',
      '/api/v1/client-model',
      '/api/v1/json-schemas',
      '/api/v1/openapi.json',
      '/api/v1/renew_calendar_feed',
      '/api/v1/revoke_calendar_feed',
      '/api/v1/who_am_i',
    ]);
  });

  test('leave out secured properties that the caller may not read or write', async () => {
    const secured = [...crm.platform.model().entities.values()].flatMap((entity) =>
      [...entity.properties.values()]
        .filter((property) => property.secured)
        .map(({ name, field }) => ({ entity: entity.name, name, field })),
    );
    expect(secured.length).toBeGreaterThan(0);
    const [all, some] = await Promise.all([crm.admin, representative].map((each) => documentFor(each)));
    for (const { entity, name, field } of secured) {
      const shown = representative.permits(entity, field ?? name, 'read');
      expect(all.components.schemas[`${entity}.values`].properties[name], name).toBeDefined();
      expect(name in (some.components.schemas[`${entity}.values`]?.properties ?? {}), name).toBe(shown);
      const taken = representative.permits(entity, field ?? name, 'update');
      expect(name in (some.components.schemas[`${entity}.update`]?.properties ?? {}), name).toBe(taken);
    }
  });
});

describe('content', () => {
  test('takes a record as a body that is sent back as it was read, and no other names', async () => {
    const rita = await documentFor(representative);
    const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', components: rita.components });
    for (const [set, entity, values] of [
      ['companies', 'company', { name: 'Back and forth' }],
      ['contacts', 'contact', { last_name: 'Back' }],
    ] as const) {
      const { id } = await crm.create(set, values, representative);
      const { json } = await crm.call(representative, 'GET', `/${set}(${id})`);
      for (const right of ['create', 'update']) {
        const { properties } = rita.components.schemas[`${entity}.${right}`];
        expect(properties.modified_on).toEqual({ $ref: '#/components/schemas/kartoteka.left_aside' });
        const validate = ajv.compile({ $ref: `document#/components/schemas/${entity}.${right}` });
        expect(validate({ ...values, unheard: 1 })).toBe(false);
        expect(validate(json), `${entity}.${right} ${JSON.stringify(validate.errors)}`).toBe(true);
      }
      const send = (more: object, headers = {}) =>
        crm.call(representative, 'PATCH', `/${set}(${id})`, { ...json, ...more }, headers);
      expect((await send({})).status).toBe(204);
      expect((await send({ unheard: 1 })).status).toBe(400);
      expect((await send({}, { prefer: 'handling=strict' })).status).toBe(400);
    }
  });

  test('is in the language of the caller, and not sent again to who has it', async () => {
    const [english, russian] = await Promise.all(
      ['en', 'ru'].map((language) =>
        crm.call(crm.admin, 'GET', '/openapi.json', undefined, { 'accept-language': language }),
      ),
    );
    const stage = (answer: Json): Json => answer.json.components.schemas['deal.values'].properties.stage.title;
    expect([stage(english), stage(russian)]).toEqual([
      'Stage',
      crm.platform.model().entities.get('deal')?.fields.get('stage')?.label.ru,
    ]);
    const { etag = '' } = english?.headers ?? {};
    const again = await crm.call(crm.admin, 'GET', '/openapi.json', undefined, { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, null]);
    const other = await crm.call(representative, 'GET', '/openapi.json', undefined, { 'if-none-match': etag });
    expect(other.status).toBe(200);
    expect((await crm.call(crm.admin, 'GET', '/openapi.json?$top=1')).json).toMatchObject({ code: 'invalid_option' });
    expect((await crm.call(crm.admin, 'POST', '/openapi.json', {})).status).toBe(405);
  });

  test('has choices with their labels, and only active values to write', async () => {
    const { schemas } = (await documentFor(crm.admin)).components;
    const reference = JSON.stringify(schemas['deal.values'].properties.stage).match(/schemas\/([\w.]+)/)?.[1] ?? '';
    expect(schemas[reference].oneOf).toContainEqual({ const: 'won', title: 'Won' });
  });

  test('has a custom entity as soon as it is published', async () => {
    expect((await documentFor(crm.admin)).paths['/api/v1/x_gadgets']).toBeUndefined();
    const { database } = crm.platform;
    await publish(database, { changes: [GADGET], author: null, comment: 'A gadget', log: quietLog });
    await expect.poll(() => crm.platform.model().entities.has('x_gadget'), { timeout: 10_000 }).toBe(true);
    const document = await documentFor(await crm.principal(crm.admin.id));
    expect(document.paths['/api/v1/x_gadgets({id})'].patch.operationId).toBe('x_gadgets.update');
    const { example } = document.components.schemas['x_gadget.create'];
    expect(await crm.create('x_gadgets', example, await crm.principal(crm.admin.id))).toMatchObject(example);
  });
});
