// Duplicate rules, assignment rules and mappings: what they say of entities is resolved, and every mistake told at its place.
import { expect, test } from 'vitest';
import type { SourceDocument } from './documents.ts';
import { atOnce, dependentPlaces, diffModels } from './index.ts';
import { DIRECTORY, entity, findings, modelOf, ORGANIZATION, source } from './sample-documents.ts';

const label = { en: 'x' };
const text = { type: 'text', max_length: 100 };
const PERSON = entity(
  'person',
  {
    email: { type: 'email' },
    secret: { ...text, secured: true },
    age: { type: 'integer' },
    notes: { type: 'long_text' },
    mood: { type: 'choice', values: { good: { label, order: 1 }, bad: { label, order: 2 } } },
    boss: { type: 'lookup', targets: ['person'] },
    number: { type: 'auto_number', pattern: 'P-{000}' },
  },
  { ownership: 'user' },
);
const FIRM = entity('firm', {
  title: text,
  secret: { ...text, secured: true },
  size: { type: 'decimal', precision: 9, scale: 2 },
  mood: { type: 'choice', values: { good: { label, order: 1 } } },
  head: { type: 'lookup', targets: ['person'] },
  parent: { type: 'lookup', targets: ['firm'] },
  twice: { type: 'formula', result: 'decimal', scale: 2, expression: 'size mul 2' },
});

const rule = (body: object): SourceDocument =>
  source('duplicate_rule', 'r', { name: 'r', entity: 'person', label, match: { email: { how: 'exact' } }, ...body });
const assignment = (body: object): SourceDocument =>
  source('assignment_rule', 'a', {
    ...{ name: 'a', entity: 'person', label, order: 1, assign: { method: 'round_robin', team: 't' } },
    ...body,
  });
const mapping = (fields: object, body: object = {}, name = 'm'): SourceDocument =>
  source('mapping', name, { name, from: 'person', to: 'firm', label, fields, ...body });

test('a duplicate rule knows what is compared with what, and how', () => {
  const match = { name: { how: 'fuzzy', other: 'title' }, email: { how: 'normalised', other: 'name' } };
  const model = modelOf([PERSON, FIRM, rule({ against: 'firm', match, on_create: 'refuse', when: 'age gt 3' })]);
  expect(model.duplicateRules.get('r')).toMatchObject({
    ...{ entity: 'person', against: 'firm', onCreate: 'refuse', onUpdate: 'ignore', onImport: 'ignore', active: true },
    match: [
      { property: 'name', other: 'title', how: 'fuzzy', threshold: 0.6 },
      { property: 'email', other: 'name', how: 'normalised', threshold: null },
    ],
  });
});

test.each<[string, object, string[]]>([
  ['an unknown entity', { entity: 'nobody' }, ['/entity unknown_entity']],
  ['an unknown entity to look through', { against: 'nobody' }, ['/against unknown_entity']],
  ['an unknown property', { match: { x: { how: 'exact' } } }, ['/match/x unknown_property']],
  ['an unknown other', { match: { name: { how: 'exact', other: 'x' } } }, ['/match/name/other unknown_property']],
  ['a secured property', { match: { secret: { how: 'exact' } } }, ['/match/secret not_comparable']],
  ['a number that is drawn', { match: { number: { how: 'exact' } } }, ['/match/number not_comparable']],
  ['a long text', { match: { notes: { how: 'fuzzy' } } }, ['/match/notes not_comparable']],
  ['similar numbers', { match: { age: { how: 'fuzzy' } } }, ['/match/age/how not_comparable']],
  ['similar choices', { match: { mood: { how: 'normalised' } } }, ['/match/mood/how not_comparable']],
  ['properties of two types', { match: { name: { how: 'exact', other: 'age' } } }, ['/match/name not_comparable']],
  [
    'a threshold of what is exact',
    { match: { name: { how: 'exact', threshold: 0.5 } } },
    ['/match/name/threshold invalid_option'],
  ],
  ['a condition on what is secured', { when: "secret eq 'x'" }, ['/when invalid_condition']],
  ['no match', { match: {} }, ['/match schema']],
  [
    'several mistakes',
    { against: 'nobody', when: 'x eq 1', match: { age: { how: 'fuzzy' } } },
    ['/against unknown_entity'],
  ],
])('a duplicate rule with %s is refused', (_what, body, expected) => {
  expect(findings(PERSON, rule(body))).toEqual(expected);
});

test('what a broken field leaves behind is not told twice', () => {
  const broken = entity('person', { email: { type: 'email', max_length: 'x' } });
  expect(findings(broken, rule({}))).toEqual(['/fields/email/max_length schema']);
});

test('assignment rules stand in their order, with what counts as load', () => {
  const least = {
    method: 'least_load',
    users: ['a@b.com'],
    queue: 'q',
    load: { entity: 'person', filter: 'age gt 3' },
  };
  const first = source('assignment_rule', 'b', {
    ...{ name: 'b', entity: 'person', label, order: 0, assign: least, skip_absent: false },
  });
  const { assignmentRules } = modelOf([PERSON, assignment({}), first]);
  expect([...assignmentRules.keys()]).toEqual(['b', 'a']);
  expect(assignmentRules.get('b')).toMatchObject({ assign: { ...least, team: null }, skipAbsent: false });
  expect(assignmentRules.get('a')?.assign.load).toEqual({ entity: 'person', filter: null });
});

test.each<[string, object, string[]]>([
  ['records without owners', { entity: 'firm' }, ['/entity not_owned']],
  ['nobody', { assign: { method: 'fixed' } }, ['/assign invalid_option']],
  ['users and a team', { assign: { method: 'round_robin', team: 't', users: ['a'] } }, ['/assign/team invalid_option']],
  ['two fixed users', { assign: { method: 'fixed', users: ['a', 'b'] } }, ['/assign/method invalid_option']],
  [
    'load that is not counted',
    { assign: { method: 'round_robin', team: 't', load: { entity: 'person' } } },
    ['/assign/load invalid_option'],
  ],
  [
    'a filter that does not check',
    { assign: { method: 'least_load', team: 't', load: { entity: 'person', filter: 'x eq 1' } } },
    ['/assign/load/filter invalid_condition'],
  ],
  ['an unknown condition', { when: 'x eq 1' }, ['/when invalid_condition']],
])('an assignment rule with %s is refused', (_what, body, expected) => {
  expect(findings(PERSON, FIRM, assignment(body))).toEqual(expected);
});

test('a mapping copies properties, computes and gives values', () => {
  const fields = { title: 'name', size: 'age', head_id: 'id', name: "concat(name,'!')", mood: { value: 'good' } };
  const { mappings } = modelOf([PERSON, FIRM, mapping({ ...fields, head_id: 'boss_id', secret: 'secret' })]);
  expect(mappings.get('m')?.fields).toMatchObject([
    { property: 'title', source: 'name' },
    { property: 'size', source: 'age' },
    { property: 'head_id', source: 'boss_id' },
    { property: 'name', expression: { kind: 'call' } },
    { property: 'mood', value: 'good' },
    { property: 'secret', source: 'secret' },
  ]);
});

test.each<[string, object, string]>([
  ['a property that is not there', { x: 'name' }, '/fields/x unknown_property'],
  ['a source that is not there', { title: 'x' }, '/fields/title invalid_expression'],
  ['what is computed', { twice: 'age' }, '/fields/twice not_writable'],
  ['what the service writes', { created_on: 'created_on' }, '/fields/created_on not_writable'],
  ['another type', { title: 'age' }, '/fields/title type_mismatch'],
  ['another type of an expression', { title: 'age add 1' }, '/fields/title invalid_expression'],
  ['values that are not in the list', { mood: 'mood' }, '/fields/mood type_mismatch'],
  ['a text for a list', { mood: 'name' }, '/fields/mood type_mismatch'],
  ['a lookup of another entity', { parent_id: 'boss_id' }, '/fields/parent_id type_mismatch'],
  ['what is secured into what is not', { title: 'secret' }, '/fields/title secured_source'],
  ['an expression of what is secured', { title: "concat(secret,'')" }, '/fields/title secured_source'],
  ['a value that is none', { mood: { value: 'bad' } }, '/fields/mood/value invalid_value'],
])('a mapping of %s is refused', (_what, fields, expected) => {
  expect(findings(PERSON, FIRM, mapping(fields))).toEqual([expected]);
});

test('two mappings of the same entities are refused unless one is inactive', () => {
  const fields = { title: 'name' };
  expect(findings(PERSON, FIRM, mapping(fields), mapping(fields, {}, 'n'))).toEqual(['/active duplicate_mapping']);
  expect(findings(PERSON, FIRM, mapping(fields), mapping(fields, { active: false }, 'n'))).toEqual([]);
});

test('a change of a rule is told, and who depends on a field', () => {
  const [before, after] = [rule({}), rule({ on_create: 'warn' })].map((one) => modelOf([PERSON, one]));
  if (before === undefined || after === undefined) throw new Error('no models');
  expect(diffModels(before, after)).toMatchObject([
    { what: 'duplicate_rule', subject: 'r', change: 'changed', words: 'The duplicate rule r: onCreate changed' },
  ]);
  const sources = [
    ORGANIZATION,
    ...DIRECTORY,
    PERSON,
    FIRM,
    rule({}),
    assignment({ when: 'age gt 1' }),
    mapping({ size: 'age' }),
  ];
  const on = (name: string) =>
    atOnce(dependentPlaces(sources, [{ what: 'field', subject: 'person', name }], {})).map(
      ({ kind, pointer }) => `${kind} ${pointer}`,
    );
  expect(on('email')).toEqual(['duplicate_rule /match/email']);
  expect(on('age')).toEqual(['assignment_rule /when', 'mapping /fields/size']);
});
