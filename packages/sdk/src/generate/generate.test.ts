// What becomes of schemas that are unusual, and which changes of schemas break programs.
import { expect, test } from 'vitest';
import { changesBetween } from './compare.ts';
import type { DescribedSet, JsonSchema, SchemaDocument } from './document.ts';
import { factsOf } from './facts.ts';
import { factsIn, render } from './render.ts';

type Properties = Readonly<Record<string, JsonSchema>>;

const TEXT: JsonSchema = { type: ['string', 'null'] };
const ID: JsonSchema = { type: 'string', format: 'uuid', readOnly: true };

interface Given {
  readonly read?: Properties;
  readonly create?: Properties;
  readonly required?: readonly string[];
  readonly update?: Properties;
  readonly more?: Partial<DescribedSet>;
}

/** A document of sets by the names of their entities. */
function documentOf(
  entities: Readonly<Record<string, Given>>,
  defs: Readonly<Record<string, JsonSchema>> = {},
): SchemaDocument {
  const $defs: Record<string, JsonSchema> = { ...defs };
  const sets: Record<string, DescribedSet> = {};
  for (const [entity, { read = {}, create, required = [], update, more }] of Object.entries(entities)) {
    const properties = { id: ID, ...read };
    $defs[`${entity}.read`] = { type: 'object', title: entity, properties, required: Object.keys(properties) };
    if (create !== undefined) $defs[`${entity}.create`] = { type: 'object', properties: create, required };
    if (update !== undefined) $defs[`${entity}.update`] = { type: 'object', properties: update };
    const ref = (right: string): JsonSchema => ({ $ref: `#/$defs/${entity}.${right}` });
    sets[`${entity}s`] = {
      ...{ entity, title: entity, deletable: true, keys: {}, navigations: {}, operations: {}, read: ref('read') },
      ...(create === undefined ? {} : { create: ref('create') }),
      ...(update === undefined ? {} : { update: ref('update') }),
      ...more,
    };
  }
  return { schema_version: '1', sets, operations: {}, $defs };
}

const changes = (before: Given, after: Given, defs: Readonly<Record<string, JsonSchema>> = {}): readonly string[] =>
  changesBetween(factsOf(documentOf({ part: before }, defs)), factsOf(documentOf({ part: after }, defs))).map(
    ({ path, breaking, words }) => `${breaking ? '!' : '+'} ${path} ${words}`,
  );

test('names that meet are told apart, and none is one that the file declares itself', async () => {
  const document = documentOf({
    deal: { read: { create: { enum: ['a'] } as JsonSchema }, create: { name: TEXT } },
    deal_create: {},
    dealCreate: {},
    schema: {},
    decimal: { read: { amount: { type: ['number', 'string'], format: 'decimal' } } },
    record: {},
  });
  const text = await render(document);
  const names = [...text.matchAll(/^export (?:interface|type|const) (\w+)/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(
    expect.arrayContaining([
      'Deal',
      'DealCreate',
      'DealCreate2',
      'DealCreate3',
      'Schema2',
      'Decimal2',
      'Record2',
      'Schema',
    ]),
  );
  expect(text).toContain('amount: Decimal;');
});

test('names and values that are no identifiers are quoted, and texts break out of nothing', async () => {
  const evil = `*/ export const stolen = 1; // "'\\ \n${'`'}\u2028`;
  const document = documentOf(
    {
      part: {
        read: {
          'odd-name': { ...TEXT, title: evil, description: evil },
          size: { $ref: '#/$defs/values.part.size', title: evil },
        },
        more: { title: evil },
      },
    },
    {
      'values.part.size': { type: 'string', oneOf: [{ const: "a'b", title: evil }, { const: '1 2' }, { const: evil }] },
    },
  );
  const text = await render(document);
  expect(text).toMatch(/'odd-name': string \| null;/);
  expect(text).not.toMatch(/^\s*export const stolen/m);
  expect([...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name)).toEqual(['schema']);
  expect(factsIn(text)?.['parts/size']?.values).toEqual(["a'b", '1 2', evil].sort());
});

test('properties with the same values have types of their own names, whatever else there is', async () => {
  const values: JsonSchema = { type: 'string', enum: ['a', 'b'] };
  const shared = { $ref: '#/$defs/values.aaa.size' };
  const alone = await render(
    documentOf(
      { part: { read: { size: shared, other: { anyOf: [shared, { type: 'null' }] } } } },
      { 'values.aaa.size': values },
    ),
  );
  expect(alone).toContain("export type PartSize = 'a' | 'b';");
  expect(alone).toContain('other: PartOther | null;');
  const both = await render(
    documentOf({ aaa: { read: { size: shared } }, part: { read: { size: shared } } }, { 'values.aaa.size': values }),
  );
  expect(both).toContain('export type AaaSize');
  expect(both).toContain("export type PartSize = 'a' | 'b';");
});

test('a file carries its facts, with whatever line ends', async () => {
  const document = documentOf({ part: { read: { name: TEXT }, create: { name: TEXT }, required: ['name'] } });
  const text = await render(document);
  expect(factsIn(text)).toEqual(factsOf(document));
  expect(factsIn(text.replaceAll('\n', '\r\n'))).toEqual(factsOf(document));
  expect(factsIn('export const a = 1;')).toBeUndefined();
  expect(factsIn('//= parts {"is"')).toBeUndefined();
});

test('schemas that refer to what they do not have are refused', async () => {
  const document = documentOf({ part: { read: { size: { $ref: '#/$defs/values.nothing' } } } });
  await expect(render(document)).rejects.toThrow('values.nothing');
});

test('what is only more breaks nothing', () => {
  const values = (...all: string[]): JsonSchema => ({ enum: all });
  expect(changes({}, { read: { name: TEXT } })).toEqual(['+ parts/name is new']);
  expect(changes({ read: { a: values('x') } }, { read: { a: values('x', 'y') } })).toEqual([
    '+ parts/a has the new value y',
  ]);
  expect(changes({ read: { a: values('x') } }, { read: { a: { type: 'string' } } })).toEqual([
    '! parts/a is another type: string instead of choice',
  ]);
  expect(changes({ create: { a: TEXT }, required: ['a'] }, { create: { a: TEXT } })).toEqual([
    '+ parts/a is no longer required in a create',
  ]);
  expect(changes({ create: {} }, { create: { a: TEXT }, update: {} })).toEqual([
    '+ parts/a is new',
    '+ parts:update is new',
  ]);
  expect(changes({ read: { a: TEXT } }, { read: { a: { type: 'string' } } })).toEqual([
    '+ parts/a is never null any more',
  ]);
  expect(changes({}, { more: { keys: { number: ['number'] } } })).toEqual(['+ parts#number is new']);
});

test('what programs of before cannot follow breaks them', () => {
  const note: JsonSchema = { type: 'string' };
  const leads = (set: string, many: boolean) => ({ more: { navigations: { owner: { set, many, nullable: !many } } } });
  const does = (parameters: Properties) => ({
    more: {
      operations: {
        record: { run: { kind: 'action' as const, parameters: { properties: parameters }, returns: null } },
      },
    },
  });
  expect(changes({ read: { a: TEXT } }, {})).toEqual(['! parts/a is gone']);
  expect(changes({ read: { a: note } }, { read: { a: TEXT } })).toEqual(['! parts/a may be null now']);
  expect(changes({ create: { a: TEXT } }, { create: { a: note } })).toEqual(['! parts/a cannot be null any more']);
  expect(changes({ create: { a: TEXT } }, { create: { a: TEXT }, required: ['a'] })).toEqual([
    '! parts/a is required in a create now',
  ]);
  expect(changes({ create: {} }, { create: { a: TEXT }, required: ['a'] })).toEqual([
    '! parts/a is new, and required in a create',
  ]);
  expect(
    changes(
      { read: { a: TEXT }, create: { a: TEXT }, update: { a: TEXT } },
      { read: { a: TEXT }, create: {}, update: {} },
    ),
  ).toEqual(['! parts/a is no longer written by a create', '! parts/a is no longer written by an update']);
  expect(changes({ create: {} }, {})).toEqual(['! parts:create is gone']);
  expect(changes(leads('users', false), leads('teams', false))).toEqual([
    '! parts/owner is another type: leads to teams instead of leads to users',
  ]);
  expect(changes(leads('users', false), leads('users', true))).toHaveLength(1);
  expect(changes(does({ a: TEXT }), does({ b: TEXT }))).toEqual(['! parts/record:run takes or answers something else']);
  expect(changes(does({ a: TEXT }), does({ a: { ...TEXT, description: 'Other words' } }))).toEqual([]);
  const gone = changesBetween(factsOf(documentOf({ part: { read: { a: TEXT } } })), factsOf(documentOf({})));
  expect(gone).toEqual([{ path: 'parts', breaking: true, words: 'is gone' }]);
});
