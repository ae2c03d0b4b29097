import { expect, test } from 'vitest';
import { diffModels } from './diff.ts';
import type { SourceDocument } from './documents.ts';
import { choice, entity, modelOf, ORGANIZATION, source } from './sample-documents.ts';

const fields = {
  size: { type: 'text', max_length: 10, label: { en: 'Size' } },
  stage: { type: 'choice', choice: 'stage' },
  rate: { type: 'decimal', precision: 10, scale: 2 },
};
const members = {
  keys: { size: ['size'] },
  indexes: { by_size: ['size'] },
  rules: { r: { invalid_when: 'size eq null', error: { en: 'No size' } } },
};
const base = entity('deal', fields, members);
const stages = choice('stage', ['open', 'won']);
const role = (privileges: object): SourceDocument =>
  source('role', 'clerk', { name: 'clerk', label: { en: 'Clerk' }, privileges });
const before = modelOf([base, stages, role({ deal: { read: 'organization' } })]);

/** `change what subject.name effect` of every change. */
function changes(...documents: readonly SourceDocument[]): string[] {
  const rest = [base, stages, role({ deal: { read: 'organization' } })].filter(
    ({ kind, name }) => !documents.some((each) => each.kind === kind && each.name === name),
  );
  const after = modelOf([...rest, ...documents]);
  return diffModels(before, after).map(
    ({ what, change, subject, name, effect }) =>
      `${change} ${what} ${subject}${name === '' ? '' : `.${name}`} ${effect}`,
  );
}

const deal = (more: object, otherMembers: object = members) =>
  entity('deal', { ...fields, ...more }, { ...otherMembers });

test('a model does not differ from itself, and all of it is added to nothing', () => {
  expect(diffModels(before, before)).toEqual([]);
  const added = diffModels(null, before);
  expect(added.every(({ change }) => change === 'added')).toBe(true);
  expect(added.map(({ words }) => words)).toContain('The field deal.size is added');
});

test('what is added loses nothing', () => {
  expect(changes(deal({ colour: { type: 'text', unique: true } }), entity('lead', {}))).toEqual([
    'added entity lead additive',
    'added field deal.colour additive',
    'added key deal.colour additive',
    'added field lead.name additive',
  ]);
});

test('what is removed is named, and loses data where data was', () => {
  expect(changes(entity('deal', { size: fields.size, stage: fields.stage }))).toEqual([
    'removed field deal.rate destructive',
    'removed key deal.size additive',
    'removed index deal.by_size additive',
    'removed rule deal.r metadata_only',
  ]);
});

test.each([
  ['a longer text', { size: { ...fields.size, max_length: 20 } }, 'additive'],
  ['a shorter text', { size: { ...fields.size, max_length: 5 } }, 'destructive'],
  ['another label', { size: { ...fields.size, label: { en: 'Width' } } }, 'metadata_only'],
  ['a demand on stored records', { size: { ...fields.size, required: true } }, 'restrictive'],
  ['more digits', { rate: { type: 'decimal', precision: 12, scale: 2 } }, 'additive'],
  ['fewer digits before the point', { rate: { type: 'decimal', precision: 10, scale: 4 } }, 'destructive'],
  ['another type', { size: { type: 'integer' } }, 'destructive'],
])('%s is told apart', (_, more, effect) => {
  const changed = changes(deal(more)).filter((each) => each.startsWith('changed field'));
  expect(changed).toHaveLength(1);
  expect(changed[0]).toContain(effect);
});

test('values of a choice are added, retired and removed', () => {
  expect(changes(choice('stage', ['open', 'won', 'lost']))).toEqual([
    'added choice_value stage.lost additive',
    'changed field deal.stage additive',
  ]);
  expect(changes(choice('stage', ['open', 'won'], ['won']))).toEqual(['changed choice_value stage.won additive']);
  expect(changes(choice('stage', ['open']))).toEqual([
    'changed field deal.stage restrictive',
    'removed choice_value stage.won restrictive',
  ]);
});

test('rules, indexes, roles and settings that change are named', () => {
  const rules = { r: { invalid_when: "size eq ''", error: { en: 'No size' } } };
  expect(changes(deal({}, { ...members, rules, indexes: { by_size: ['size', 'rate'] } }))).toEqual([
    'changed index deal.by_size additive',
    'changed rule deal.r metadata_only',
  ]);
  expect(changes(role({ deal: { read: { depth: 'organization', when: 'size ne null' } } }))).toEqual([
    'changed role clerk metadata_only',
  ]);
  const settings = { ...(ORGANIZATION.body as object), time_zone: 'Europe/Moscow' };
  expect(changes(source('organization', 'organization', settings))).toEqual([
    'changed organization organization metadata_only',
  ]);
});

test('a change says in words what differs', () => {
  const after = modelOf([deal({ size: { ...fields.size, max_length: 5, label: { en: 'Width' } } }), stages]);
  const change = diffModels(before, after).find(({ name }) => name === 'size');
  expect(change?.words).toBe('The field deal.size: label, options, size max_length changed');
});

test('views and forms are described, whatever becomes of them', () => {
  const label = { en: 'L' };
  const view = (columns: object) => source('view', 'all', { name: 'all', entity: 'deal', label, columns });
  const form = (order: number) =>
    source('form', 'f', { name: 'f', entity: 'deal', label, sections: { a: { label, order, fields: {} } } });
  const same = [base, stages, role({ deal: { read: 'organization' } })];
  const first = modelOf([...same, view({ size: { order: 1 } }), form(1)]);
  expect(changes(view({ size: { order: 1 } }), form(1))).toEqual([
    'added view all metadata_only',
    'added form f metadata_only',
  ]);
  const second = modelOf([...same, view({ size: { order: 1 }, rate: { order: 2 } }), form(2)]);
  expect(diffModels(first, second).map(({ words }) => words)).toEqual(['The view all: columns changed']);
  expect(diffModels(second, before).map(({ words, effect }) => `${words} ${effect}`)).toEqual([
    'The view all is removed metadata_only',
    'The form f is removed metadata_only',
  ]);
});

test('permissions on secured fields are part of a role', () => {
  const secured = entity('deal', { ...fields, rate: { ...fields.rate, secured: true } }, members);
  const clerk = (more: object) =>
    source('role', 'clerk', { name: 'clerk', label: { en: 'Clerk' }, privileges: {}, ...more });
  const [without, having] = [{}, { fields: { deal: { rate: ['read'] } } }].map((more) =>
    modelOf([secured, stages, clerk(more)]),
  );
  if (without === undefined || having === undefined) throw new Error('no model');
  expect(diffModels(without, having).map(({ words }) => words)).toEqual(['The role clerk: fields changed']);
});

test('a computed field holds nothing that could be lost', () => {
  const twice = { type: 'formula', result: 'decimal', expression: 'rate mul 2' };
  const withFormula = modelOf([entity('deal', { ...fields, twice }, members), stages]);
  const without = modelOf([base, stages]);
  const stored = modelOf([entity('deal', { ...fields, twice: { type: 'decimal' } }, members), stages]);
  const other = modelOf([entity('deal', { ...fields, twice: { ...twice, scale: 1 } }, members), stages]);
  const effects = (one: typeof without, next: typeof without) =>
    diffModels(one, next).map(({ change, name, effect }) => `${change} ${name} ${effect}`);
  expect(effects(without, withFormula)).toEqual(['added twice additive']);
  expect(effects(withFormula, without)).toEqual(['removed twice metadata_only']);
  expect(effects(withFormula, other)).toEqual(['changed twice metadata_only']);
  expect(effects(stored, withFormula)).toEqual(['changed twice destructive']);
});
