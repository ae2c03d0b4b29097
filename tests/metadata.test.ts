// $metadata: CSDL as XML and as JSON, for the caller's rights, checked against what the service then does.
import { randomUUID } from 'node:crypto';
import type { SourceDocument } from '@kartoteka/metadata';
import type { Principal } from '@kartoteka/platform';
import { readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

/** A label with what XML has to escape. */
const GADGET: SourceDocument = {
  kind: 'entity',
  name: 'gadget',
  layer: 'base',
  source: 'gadget.json',
  body: {
    name: 'gadget',
    set: 'gadgets',
    label: { en: 'Gadget <&> "more"', ru: 'Прибор' },
    plural_label: { en: 'Gadgets\nand\tmore', ru: 'Приборы' },
    ownership: 'organization',
    title: 'name',
    fields: {
      name: { type: 'text', label: { en: 'Name' }, max_length: 80, required: true, default: 'a "b"' },
      colours: { type: 'multi_choice', label: { en: 'Colours' }, values: { red: { label: { en: 'Red' }, order: 1 } } },
      data: { type: 'json', label: { en: 'Data' } },
      weight: { type: 'decimal', label: { en: 'Weight' }, precision: 9, scale: 3, min: 0.125, max: 500 },
      pieces: { type: 'integer', label: { en: 'Pieces' }, max: 99 },
      code: { type: 'text', label: { en: 'Code' }, pattern: '[A-Z]{2}<\\d' },
      length_of_use: { type: 'duration', label: { en: 'Use' } },
    },
  },
};

let crm: Crm;
let representative: Principal;
let marketing: Principal;
beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, GADGET] });
  representative = await crm.user('Rita', ['sales_representative']);
  marketing = await crm.user('Mark', ['marketing']);
  const company_id = (await crm.create('companies', { name: 'Acme' })).id;
  const deal = await crm.create('deals', { name: 'Roof', company_id, amount: '12.5' });
  await crm.create('leads', { last_name: 'Smith' });
  await crm.create('contacts', { last_name: 'Smith', company_id });
  await crm.create('campaigns', { name: 'Spring' });
  await crm.create('activities', { subject: 'Call', kind: 'call', regarding_id: deal.id, regarding_type: 'deal' });
  await crm.create('events', { text: 'Met', kind: 'comment', regarding_id: deal.id, regarding_type: 'deal' });
  await crm.create('gadgets', { name: 'One', colours: ['red'], data: { a: 1 }, length_of_use: 'PT1H' });
});
afterAll(() => crm.close());

const ask = (principal: Principal, query = '', headers: Record<string, string> = {}): Promise<Answer> =>
  crm.call(principal, 'GET', `/$metadata${query}`, undefined, headers);

// biome-ignore lint/suspicious/noExplicitAny: CSDL is JSON of any shape
const schemaFor = async (principal: Principal, headers = {}): Promise<any> => {
  const { status, json } = await ask(principal, '?$format=json', headers);
  expect(status).toBe(200);
  return json.kartoteka;
};

interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

/** A reader that accepts exactly the XML that has elements and attributes; throws where it is not well-formed. */
function readXml(text: string): XmlElement {
  const root: XmlElement = { name: '', attributes: {}, children: [] };
  const open = [root];
  let rest = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '');
  while (rest.trim() !== '') {
    const tag = /^\s*<(\/?)([\w:]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/.exec(rest);
    if (tag === null) throw new Error(`not well-formed at ${rest.slice(0, 100)}`);
    const [all, closing, name = '', attributes = '', empty] = tag;
    rest = rest.slice(all.length).replace(/^[^<&]+/, '');
    if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    const pairs = [...attributes.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      plain(value),
    ]);
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length)
      throw new Error(`an attribute of ${name} comes twice`);
    const element = { name, attributes: Object.fromEntries(pairs), children: [] };
    open.at(-1)?.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (open.length !== 1) throw new Error(`${open.at(-1)?.name} is not closed`);
  return root.children[0] as XmlElement;
}

function plain(value: string): string {
  return value.replaceAll(/&(?:#(\d+)|(\w+));?/g, (entity, code, name) => {
    const found =
      code === undefined ? { amp: '&', lt: '<', gt: '>', quot: '"' }[name as string] : String.fromCharCode(code);
    if (found === undefined || !entity.endsWith(';')) throw new Error(`${entity} is no entity`);
    return found;
  });
}

const found = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);
const named = (elements: readonly XmlElement[], name: string): XmlElement | undefined =>
  elements.find(({ attributes }) => attributes.Name === name);
const schemaOf = (root: XmlElement): XmlElement =>
  found(found(root, 'edmx:DataServices')[0] as XmlElement, 'Schema')[0] as XmlElement;

describe('the document', () => {
  test('is XML unless JSON is preferred, in the version that the client allows', async () => {
    const type = async (query: string, headers = {}): Promise<unknown> =>
      (await ask(crm.admin, query, headers)).headers['content-type'];
    const xml = 'application/xml;charset=utf-8';
    const json = 'application/json;charset=utf-8';
    expect(await type('')).toBe(xml);
    for (const accept of [
      '*/*',
      'application/xml',
      'text/html,application/xml;q=0.9,*/*;q=0.8',
      'application/json;q=0.1,application/*',
    ])
      expect(await type('', { accept }), accept).toBe(xml);
    expect(await type('', { accept: 'application/json;odata.metadata=minimal' })).toBe(json);
    expect(await type('?$format=json', { accept: 'application/xml' })).toBe(json);
    expect(await type('?$format=XML', { accept: 'application/json' })).toBe(xml);
    expect((await ask(crm.admin, '', { accept: 'text/html' })).status).toBe(406);
    expect((await ask(crm.admin, '?$format=atom')).status).toBe(406);
    expect((await ask(crm.admin, '?$top=1')).json).toMatchObject({ code: 'invalid_option', target: '$top' });
    const versions = await Promise.all(
      ([{}, { 'odata-maxversion': '4.01' }] as Record<string, string>[]).map(async (headers) => {
        const answer = await ask(crm.admin, '', headers);
        return [answer.headers['odata-version'], readXml(answer.text ?? '').attributes.Version];
      }),
    );
    expect(versions).toEqual([
      ['4.0', '4.0'],
      ['4.01', '4.01'],
    ]);
  });

  test('is not sent again to who has it, and another one for other rights, languages and revisions', async () => {
    const { etag = '' } = (await ask(representative)).headers;
    const again = await ask(representative, '', { 'if-none-match': `"x", ${etag}` });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, null, etag]);
    for (const [principal, query, headers] of [
      [marketing, '', {}],
      [representative, '?$format=json', {}],
      [representative, '', { 'accept-language': 'ru' }],
    ] as const)
      expect((await ask(principal, query, { ...headers, 'if-none-match': etag })).status).toBe(200);
  });

  test('says the same as XML and as JSON', async () => {
    const schema = await schemaFor(crm.admin);
    const xml = schemaOf(readXml((await ask(crm.admin)).text ?? ''));
    const types = found(xml, 'EntityType');
    const names = Object.keys(schema).filter((name) => schema[name].$Kind === 'EntityType');
    expect(types.map(({ attributes }) => attributes.Name)).toEqual(names);
    for (const type of types) {
      const json = schema[type.attributes.Name ?? ''];
      const members = Object.keys(json).filter((name) => /^[^$@]/.test(name));
      const shown = type.children.filter(({ name }) => name === 'Property' || name === 'NavigationProperty');
      expect(shown.map(({ attributes }) => attributes.Name)).toEqual(members);
      for (const { attributes, name, children } of shown) {
        const member = json[attributes.Name ?? ''];
        const single = member.$Type ?? 'Edm.String';
        expect(attributes.Type).toBe(member.$Collection ? `Collection(${single})` : single);
        expect(attributes.Nullable !== 'false').toBe(
          member.$Nullable === true || (member.$Collection === true && name === 'NavigationProperty'),
        );
        expect(
          children.filter((child) => child.name === 'Annotation').map((child) => `@${child.attributes.Term}`),
        ).toEqual(Object.keys(member).filter((key) => key.startsWith('@')));
      }
    }
    const sets = found(named(found(xml, 'EntityContainer'), 'Container') as XmlElement, 'EntitySet');
    expect(sets.map(({ attributes }) => attributes.Name)).toEqual(
      Object.keys(schema.Container).filter((name) => schema.Container[name].$Type !== undefined),
    );
  });

  test('escapes what labels and defaults hold, and has them in the language that is asked for', async () => {
    const xml = schemaOf(readXml((await ask(crm.admin)).text ?? ''));
    const gadget = named(found(xml, 'EntityType'), 'gadget') as XmlElement;
    const label = found(gadget, 'Annotation')[0]?.attributes;
    expect(label).toEqual({ Term: 'Core.Description', String: 'Gadget <&> "more"' });
    expect(named(found(gadget, 'Property'), 'name')?.attributes).toEqual({
      Name: 'name',
      Type: 'Edm.String',
      Nullable: 'false',
      MaxLength: '80',
      DefaultValue: 'a "b"',
    });
    const russian = await schemaFor(crm.admin, { 'accept-language': 'ru-RU' });
    expect(russian.gadget['@Core.Description']).toBe('Прибор');
    expect(russian.deal.stage['@Validation.AllowedValues'][0]).toMatchObject({
      '@Core.Description': expect.stringMatching(/[а-я]/),
    });
  });
});

// biome-ignore-start lint/suspicious/noExplicitAny: CSDL is JSON of any shape
/** Whether a type of an operation or a structure is there. */
const isThere = (schema: Record<string, unknown>, type = 'Edm.String'): boolean =>
  type.startsWith('Edm.') || Object.hasOwn(schema, type.replace('kartoteka.', ''));

describe('actions and functions', () => {
  const REPRESENTATIVE_LACKS = ['redact', 'security_events', 'preview_role_change'];

  test('have types that are there, and one overload for each binding and set of parameters', async () => {
    for (const principal of [crm.admin, representative]) {
      const schema = await schemaFor(principal);
      const operations = Object.entries<any>(schema).filter(([, value]) => Array.isArray(value));
      expect(operations.length).toBeGreaterThan(5);
      for (const [name, overloads] of operations) {
        const signatures = overloads.map(({ $Kind, $IsBound, $Parameter = [] }: any) => {
          const [bound, ...rest] = $IsBound === true ? $Parameter : [undefined, ...$Parameter];
          const names = $Kind === 'Function' ? rest.map(({ $Name }: any) => $Name).sort() : [];
          return JSON.stringify([bound?.$Type, bound?.$Collection, names]);
        });
        expect(new Set(signatures).size, name).toBe(signatures.length);
        for (const { $Parameter = [], $ReturnType } of overloads) {
          for (const { $Type } of [...$Parameter, ...($ReturnType === undefined ? [] : [$ReturnType])])
            expect(isThere(schema, $Type), `${name} ${$Type}`).toBe(true);
        }
      }
      for (const [name, value] of Object.entries<any>(schema).filter(([, { $Kind }]) => $Kind === 'ComplexType'))
        for (const [member, { $Type }] of Object.entries<any>(value).filter(([key]) => /^[^$@]/.test(key)))
          expect(isThere(schema, $Type), `${name}/${member}`).toBe(true);
      for (const [name, { $Action, $Function }] of Object.entries<any>(schema.Container)) {
        const imported = $Action ?? $Function;
        if (imported !== undefined) expect(isThere(schema, imported), name).toBe(true);
      }
    }
  });

  test('are the same in XML', async () => {
    const schema = await schemaFor(crm.admin);
    const xml = schemaOf(readXml((await ask(crm.admin)).text ?? ''));
    for (const kind of ['Action', 'Function']) {
      const there = found(xml, kind).map(({ attributes, children }) => [
        attributes.Name,
        children.filter(({ name }) => name === 'Parameter').map((each) => [each.attributes.Name, each.attributes.Type]),
      ]);
      const expected = Object.entries<any>(schema).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [])
          .filter(({ $Kind }: any) => $Kind === kind)
          .map(({ $Parameter = [] }: any) => [
            name,
            $Parameter.map(({ $Name, $Type = 'Edm.String', $Collection }: any) => [
              $Name,
              $Collection === true ? `Collection(${$Type})` : $Type,
            ]),
          ]),
      );
      expect(there).toEqual(expected);
    }
    const container = named(found(xml, 'EntityContainer'), 'Container') as XmlElement;
    expect(found(container, 'ActionImport').map(({ attributes }) => attributes.Name)).toEqual([
      ...['preview_role_change', 'replay_failed_jobs', 'find_callers', 'log_call', 'change_my_settings'],
      ...['take_invitation_reply', 'renew_calendar_feed', 'revoke_calendar_feed'],
    ]);
    expect(found(container, 'FunctionImport').map(({ attributes }) => attributes.Name)).toEqual([
      'who_am_i',
      ...['security_events', 'failed_jobs', 'calendar_feed'],
    ]);
    expect(found(xml, 'ComplexType').map(({ attributes }) => attributes.Name)).toContain('explanation');
  });

  test('are those that the caller may use', async () => {
    const [all, some] = [await schemaFor(crm.admin), await schemaFor(representative)];
    for (const name of REPRESENTATIVE_LACKS) {
      expect(name in all, name).toBe(true);
      expect(name in some, name).toBe(false);
    }
    expect(some.assign.length).toBeGreaterThan(0);
  });

  test('are called with and without their namespace, functions also with parentheses', async () => {
    const { id } = await crm.create('companies', { name: 'Named' });
    const about = crm.admin.id;
    const paths = [
      `/companies(${id})/explain_access?principal_id=${about}`,
      `/companies(${id})/kartoteka.explain_access(principal_id=${about})`,
      `/companies/${id}/explain_access(principal_id=${about})`,
    ];
    const told = await Promise.all(paths.map((path) => crm.call(crm.admin, 'GET', path)));
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(told.map(({ text }) => text)).size).toBe(1);
    for (const path of [
      `/companies(${id})/kartoteka.changes()`,
      '/companies/kartoteka.changes()',
      '/security_events()',
    ])
      expect((await crm.call(crm.admin, 'GET', path)).status, path).toBe(200);
    const assigned = { owner_id: crm.admin.id };
    expect((await crm.call(crm.admin, 'POST', `/companies(${id})/kartoteka.assign`, assigned)).status).toBe(204);
    const many = await crm.call(crm.admin, 'POST', '/companies/kartoteka.assign', { ids: [id], ...assigned });
    expect(many.json.results).toEqual([{ status: 200, id, changed: false }]);
    for (const path of [
      `/companies(${id})/kartoteka.name`,
      `/companies(${id})/explain_access(x=1)`,
      `/companies(${id})/explain_access(principal_id=1)`,
      `/companies(${id})/changes(principal_id=${about})`,
      `/companies(${id})/explain_access(principal_id=${about})?principal_id=${about}`,
    ])
      expect((await crm.call(crm.admin, 'GET', path)).status, path).toBeGreaterThanOrEqual(400);
  });
});

// biome-ignore-end lint/suspicious/noExplicitAny: as above
describe('what it says', () => {
  test('holds for every record that is shown: each property has its type, and there is no other', async () => {
    const schema = await schemaFor(crm.admin);
    let records = 0;
    for (const [set, { $Type }] of Object.entries<{ $Type: string }>(schema.Container).filter(
      ([, { $Type: type }]) => type !== undefined,
    )) {
      const type = schema[$Type.replace('kartoteka.', '')];
      const { status, json } = await crm.call(crm.admin, 'GET', `/${set}?$top=1`);
      expect(status, set).toBe(200);
      for (const record of json.value) {
        const shown = Object.keys(record).filter((name) => !name.startsWith('@'));
        const structural = Object.keys(type).filter((name) => /^[^$@]/.test(name) && type[name].$Kind === undefined);
        expect(shown, set).toEqual(structural);
        for (const name of shown) if (record[name] === null) expect(type[name].$Nullable, `${set} ${name}`).toBe(true);
        records += 1;
      }
    }
    expect(records).toBeGreaterThan(10);
  });

  test('has facets, keys and allowed values', async () => {
    const { deal, gadget } = await schemaFor(crm.admin);
    expect(deal.$Key).toEqual(['id']);
    expect(deal['@Core.AlternateKeys']).toContainEqual({ Key: [{ Name: 'external_id', Alias: 'external_id' }] });
    expect(deal.amount).toMatchObject({ $Type: 'Edm.Decimal', $Nullable: true, $Precision: 19, $Scale: 4 });
    expect(deal.amount['@Measures.ISOCurrency']).toEqual({ $Path: 'amount_currency' });
    expect(deal.version).toMatchObject({ $Type: 'Edm.Int64', '@Core.Computed': true });
    expect(deal.id).toMatchObject({ '@Core.Immutable': true, '@Core.ComputedDefaultValue': true });
    expect(deal.pipeline['@Validation.AllowedValues'][0]).toEqual({ Value: 'sales', '@Core.Description': 'Sales' });
    expect(gadget.colours).toMatchObject({ $Collection: true });
    expect(gadget.data).toMatchObject({ $Type: 'Edm.Untyped', $Nullable: true });
    expect(gadget.length_of_use).toMatchObject({ $Type: 'Edm.Duration' });
    expect(gadget.weight).toMatchObject({ $Precision: 9, $Scale: 3 });
  });

  test('has what values are held to, and whether they are written at all', async () => {
    const { gadget, deal } = await schemaFor(crm.admin);
    expect(gadget.weight).toMatchObject({ '@Validation.Minimum': 0.125, '@Validation.Maximum': 500 });
    expect(gadget.pieces).toMatchObject({ '@Validation.Maximum': 99 });
    expect(gadget.pieces).not.toHaveProperty('@Validation.Minimum');
    expect(gadget.code['@Validation.Pattern']).toBe('^(?:[A-Z]{2}<\\d)$');
    expect(deal.version).toMatchObject({ '@Core.Computed': true, '@Core.Permissions': 'Read' });
    expect(deal.amount).not.toHaveProperty('@Core.Permissions');
    const { text } = await ask(crm.admin);
    expect(text).toContain('<Annotation Term="Validation.Minimum" Decimal="0.125"/>');
    expect(text).toContain('<Annotation Term="Validation.Maximum" Int="500"/>');
    expect(text).toContain('<Annotation Term="Validation.Pattern" String="^(?:[A-Z]{2}&lt;\\d)$"/>');
    expect(text).toContain('<Annotation Term="Core.Permissions" EnumMember="Core.Permission/Read"/>');
    // As it says.
    for (const [values, status] of [
      [{ weight: 0.125, pieces: 99, code: 'AB<1' }, 201],
      [{ weight: 0.124 }, 400],
      [{ weight: 500.001 }, 400],
      [{ pieces: 100 }, 400],
      [{ code: 'ab<1' }, 400],
    ] as const)
      expect((await crm.call(crm.admin, 'POST', '/gadgets', { name: 'Held', ...values })).status).toBe(status);
  });

  test('has navigations with partners that lead back, constraints, and a set for each', async () => {
    const schema = await schemaFor(crm.admin);
    expect(schema.deal.company).toMatchObject({
      $Type: 'kartoteka.company',
      $Nullable: true,
      $Partner: 'deals',
      $ReferentialConstraint: { company_id: 'id' },
    });
    expect(schema.company.deals).toMatchObject({ $Type: 'kartoteka.deal', $Collection: true, $Partner: 'company' });
    for (const [name, type] of Object.entries<Record<string, Record<string, string>>>(schema)) {
      for (const [member, { $Kind, $Type = '', $Partner }] of Object.entries(type)) {
        if ($Kind !== 'NavigationProperty') continue;
        const target = $Type.replace('kartoteka.', '');
        expect(schema[target], `${name}.${member}`).toBeDefined();
        if ($Partner !== undefined) expect(schema[target][$Partner].$Partner, `${name}.${member}`).toBe(member);
      }
    }
    for (const set of Object.values<Record<string, Record<string, string>>>(schema.Container)) {
      for (const target of Object.values(set.$NavigationPropertyBinding ?? {}))
        expect(schema.Container[target]).toBeDefined();
    }
  });

  test('is for the rights of the caller', async () => {
    const [all, some, other] = [
      await schemaFor(crm.admin),
      await schemaFor(representative),
      await schemaFor(marketing),
    ];
    expect(all.role_assignment).toBeDefined();
    expect(some.role_assignment).toBeUndefined();
    expect(
      Object.values<{ $Type?: string }>(some.user).filter(({ $Type }) => $Type === 'kartoteka.role_assignment'),
    ).toEqual([]);
    // A secured field, and marketing has no role that permits it.
    expect(all.contact.birth_date).toBeDefined();
    expect(other.contact.birth_date).toBeUndefined();
    const may = (schema: Awaited<ReturnType<typeof schemaFor>>, set: string): unknown[] => [
      schema.Container[set]['@Capabilities.InsertRestrictions'].Insertable,
      schema.Container[set]['@Capabilities.UpdateRestrictions'].Updatable,
      schema.Container[set]['@Capabilities.DeleteRestrictions'].Deletable,
    ];
    expect(may(all, 'deals')).toEqual([true, true, true]);
    expect(may(some, 'deals')).toEqual([true, true, true]);
    expect(may(other, 'deals')).toEqual([false, false, false]);
    expect(all.deal.created_on['@Core.Computed']).toBeUndefined();
    expect(some.deal.created_on['@Core.Computed']).toBe(true);
  });

  test('an upsert is offered to who may create and change, and creates', async () => {
    for (const [principal, set, upserts] of [
      [crm.admin, 'gadgets', true],
      [marketing, 'deals', false],
    ] as const) {
      const { Container } = await schemaFor(principal);
      expect(Container[set]['@Capabilities.UpdateRestrictions'].Upsertable, set).toBe(upserts);
      const { status } = await crm.call(principal, 'PATCH', `/${set}(${randomUUID()})`, { name: 'Upsert' });
      expect(status === 201, `${set} ${status}`).toBe(upserts);
    }
  });

  test('records come with related ones in a create and not in a change, without content ids', async () => {
    const { Container } = await schemaFor(crm.admin);
    expect(Container['@Capabilities.DeepInsertSupport']).toEqual({ Supported: true, ContentIDSupported: false });
    expect(Container['@Capabilities.DeepUpdateSupport']).toEqual({ Supported: false, ContentIDSupported: false });
    const deep = { name: 'Deep', contacts: [{ last_name: 'Inside' }] };
    const created = await crm.call(crm.admin, 'POST', '/companies', deep);
    expect(created.status).toBe(201);
    expect((await crm.call(crm.admin, 'PATCH', `/companies(${created.json.id})`, deep)).status).toBe(501);
    const withId = { name: 'Named', contacts: [{ '@Core.ContentID': '1', last_name: 'Inside' }] };
    expect((await crm.call(crm.admin, 'POST', '/companies', withId)).status).toBe(400);
  });

  test('requests that change may be repeated', async () => {
    const { Container } = await schemaFor(crm.admin);
    expect(Container['@Repeatability.Supported']).toBe(true);
    const headers = {
      'repeatability-request-id': randomUUID(),
      'repeatability-first-sent': new Date().toUTCString(),
    };
    const send = () => crm.call(crm.admin, 'POST', '/companies', { name: 'Once' }, headers);
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.json.id).toBe(first.json.id);
    expect(second.headers['repeatability-result']).toBe('accepted');
  });

  test('what cannot be filtered or sorted is refused', async () => {
    const { Container } = await schemaFor(crm.admin);
    const sort = Container.gadgets['@Capabilities.SortRestrictions'].NonSortableProperties;
    expect(sort).toEqual(expect.arrayContaining(['colours', 'data']));
    for (const name of sort) expect((await crm.call(crm.admin, 'GET', `/gadgets?$orderby=${name}`)).status).toBe(400);
    expect((await crm.call(crm.admin, 'GET', '/gadgets?$orderby=weight')).status).toBe(200);
    for (const set of ['deals', 'gadgets']) {
      const searchable = Container[set]['@Capabilities.SearchRestrictions'].Searchable;
      expect((await crm.call(crm.admin, 'GET', `/${set}?$search=abc`)).status).toBe(searchable ? 200 : 400);
    }
  });

  test('says by what records are grouped, and what is aggregated: that, and nothing else', async () => {
    const schema = await schemaFor(crm.admin);
    for (const name of ['deal', 'gadget']) {
      const { GroupableProperties, AggregatableProperties, Rollup } = schema[name]['@Aggregation.ApplySupported'];
      expect(Rollup).toBe('None');
      for (const property of Object.keys(schema[name]).filter((each) => /^[^$@]/.test(each))) {
        if (schema[name][property].$Kind !== undefined) continue;
        const asked = async (apply: string) => (await crm.call(crm.admin, 'GET', `/${name}s?$apply=${apply}`)).status;
        const answers = [
          await asked(`groupby((${property}))`),
          await asked(`aggregate(${property} with countdistinct as n)`),
        ];
        const expected = [GroupableProperties, AggregatableProperties].map((list) =>
          list.includes(property) ? 200 : 400,
        );
        expect([property, ...answers]).toEqual([property, ...expected]);
      }
    }
    expect(schema.gadget['@Aggregation.ApplySupported'].GroupableProperties).not.toContain('colours');
    const xml = (await ask(crm.admin)).text ?? '';
    expect(xml).toContain('<PropertyValue Property="Rollup" EnumMember="Aggregation.RollupType/None"/>');
    expect(xml).toMatch(/<PropertyValue Property="GroupableProperties"><Collection><PropertyPath>id<\/PropertyPath>/);
  });
});
