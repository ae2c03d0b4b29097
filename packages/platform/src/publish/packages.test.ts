// Packages on a real database: what an installation, an upgrade and an uninstallation do to documents, tables and values, what is
// refused, and what survives.
import { randomUUID } from 'node:crypto';
import type { PackageArchive, SourceDocument } from '@kartoteka/metadata';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test-kit/index.ts';
import { compareCatalogue } from './catalogue.ts';
import { loadModel } from './load.ts';
import { type PublishInput, type PublishResult, publish } from './publish.ts';
import { readStored } from './read-stored.ts';
import { type DocumentBody, TEST_DOCUMENTS, withDocument } from './test/documents.ts';
import { recordedLog } from './test/recorded-log.ts';
import { insert, seedDeal } from './test/records.ts';
import { BASE_TEMPLATE } from './test/template.ts';

let db: TestDatabase;
const log = recordedLog();
beforeEach(async () => {
  db = await createTestDatabase({ template: BASE_TEMPLATE });
});
afterEach(() => db.drop());

const label = (en: string) => ({ en });
const run = (more: Partial<PublishInput>): Promise<PublishResult> =>
  publish(db.database, { author: null, comment: 'test', log, ...more });
const install = (
  archive: PackageArchive,
  more: Partial<PublishInput> = {},
  keptData: 'restore' | 'leave' = 'restore',
) => run({ package: { install: archive, keptData }, ...more });
const uninstall = (name: string) => run({ package: { uninstall: name }, allowDestructive: true });
const custom = (kind: SourceDocument['kind'], name: string, body: unknown, more: Partial<PublishInput> = {}) =>
  run({ changes: [{ kind, name, body }], ...more });
const differences = async (): Promise<string[]> => compareCatalogue(db.database, await loadModel(db.database));
const registry = async () =>
  (await readStored(db.database)).packages.map(
    ({ manifest, remains }) => `${manifest.name} ${manifest.version}${remains === null ? '' : ' left'}`,
  );
const valuesOf = async (table: string, column: string): Promise<unknown[]> =>
  (await db.database.run(`select ${column}::text as v from data.${table} order by 1`)).map((row) => row.v);

/** Reasons of a refusal, with their places. */
const refusal = async (work: Promise<unknown>): Promise<{ code: string; details: string[] }> => {
  const error = await work.then(
    () => Promise.reject(new Error('It was not refused')),
    (each) => each as { code: string; message: string; details?: { target: string; message: string }[] },
  );
  if (error.details === undefined) throw error;
  return { code: error.code, details: error.details.map(({ target, message }) => `${target} ${message}`) };
};

type Fields = Readonly<Record<string, unknown>>;

const course = (fields: Fields = {}): PackageArchive['documents'][number] => ({
  kind: 'entity',
  name: 'train_course',
  body: {
    name: 'train_course',
    set: 'train_courses',
    label: label('Course'),
    plural_label: label('Courses'),
    ownership: 'organization',
    title: 'title',
    fields: {
      title: { type: 'text', max_length: 100, required: true },
      number: { type: 'auto_number', pattern: 'C-{000}' },
      level: { type: 'choice', choice: 'train_level' },
      company: { type: 'lookup', targets: ['company'], inverse: 'train_courses', on_delete: 'set_null' },
      deals: { type: 'many', target: 'deal', inverse: 'train_courses' },
      ...fields,
    },
  },
});

const level = (values: readonly string[] = ['train_basic', 'train_expert']): PackageArchive['documents'][number] => ({
  kind: 'choice',
  name: 'train_level',
  body: {
    name: 'train_level',
    label: label('Level'),
    values: Object.fromEntries(values.map((name, order) => [name, { label: label(name), order }])),
  },
});

const extension = (fields: Fields): PackageArchive['documents'][number] => ({
  kind: 'entity',
  name: 'company',
  body: { extends: 'company', fields },
});

const RANK = { train_rank: { type: 'integer', min: 0 } };

const training = (
  version: string,
  documents: PackageArchive['documents'] = [level(), course(), extension(RANK)],
  more: Partial<PackageArchive['manifest']> = {},
): PackageArchive => ({
  manifest: { name: 'training', publisher: 'Acme', prefix: 'train_', version, ...more },
  documents,
});

/** A package that adds one field to companies. */
const small = (name: string, more: Partial<PackageArchive['manifest']> = {}, field: Fields = {}): PackageArchive => ({
  manifest: { name, publisher: name, prefix: `${name}_`, version: '1.0.0', ...more },
  documents: [extension({ [`${more.prefix ?? `${name}_`}rank`]: { type: 'integer', ...field } })],
});

test('an installation brings entities and fields, and is told among the security events', async () => {
  expect(await install(training('1.0.0'))).toMatchObject({ outcome: 'published', pending: [] });
  const model = await loadModel(db.database);
  expect(model.entities.get('train_course')?.properties.has('number')).toBe(true);
  expect(model.entities.get('company')?.properties.has('train_rank')).toBe(true);
  expect(await differences()).toEqual([]);
  expect(await registry()).toEqual(['training 1.0.0']);
  expect(await install(training('1.0.0'))).toMatchObject({ outcome: 'unchanged' });
  const events = await db.database.run(
    `select kind, details::text as details from kartoteka.security_log where kind like 'package%' order by id`,
  );
  expect(events.map(({ kind, details }) => [kind, JSON.parse(String(details))])).toEqual([
    ['package_installed', { package: 'training', version: '1.0.0', revision: 2 }],
  ]);
});

test('an upgrade goes under the customisations: a label and a choice value survive it', async () => {
  await install(training('1.0.0'));
  await custom('entity', 'train_course', { extends: 'train_course', fields: { title: { label: label('Our title') } } });
  await custom('choice', 'train_level', {
    extends: 'train_level',
    values: { x_guru: { label: label('Guru'), order: 9 } },
  });
  const documents = [
    level(['train_basic', 'train_expert', 'train_master']),
    course({ title: { type: 'text', max_length: 200, required: true, label: label('Title') } }),
    extension(RANK),
  ];
  await install(training('1.1.0', documents));
  const model = await loadModel(db.database);
  expect(model.entities.get('train_course')?.fields.get('title')?.label).toEqual(label('Our title'));
  expect(model.entities.get('train_course')?.properties.get('title')?.maxLength).toBe(200);
  expect([...(model.choices.get('train_level')?.values.keys() ?? [])]).toEqual([
    'train_basic',
    'train_expert',
    'train_master',
    'x_guru',
  ]);
  expect(await differences()).toEqual([]);
});

test('an upgrade of the base goes under packages and customisations', async () => {
  await install(training('1.0.0'));
  await custom('entity', 'company', {
    extends: 'company',
    fields: { name: { label: label('Firm') }, train_rank: { label: label('Our rank') } },
  });
  await custom('choice', 'deal_stage', {
    extends: 'deal_stage',
    values: { x_paused: { label: label('Paused'), order: 25 } },
  });
  const next = withDocument('company', ({ fields }) => {
    fields.name = { ...fields.name, label: label('Company name') };
    fields.nickname = { type: 'text' };
  });
  await run({ documents: next, baseVersion: '2.0.0' });
  const model = await loadModel(db.database);
  const company = model.entities.get('company');
  expect(company?.fields.get('name')?.label).toEqual(label('Firm'));
  expect(company?.fields.get('train_rank')?.label).toEqual(label('Our rank'));
  expect(company?.properties.has('nickname')).toBe(true);
  expect(model.choices.get('deal_stage')?.values.has('x_paused')).toBe(true);
  expect(await registry()).toEqual(['training 1.0.0']);
  // An older node knows nothing of packages, and must not bring its base back.
  expect(await run({ documents: TEST_DOCUMENTS, baseVersion: '1.0.0' })).toMatchObject({ outcome: 'older_base' });
  expect((await loadModel(db.database)).entities.get('company')?.properties.has('nickname')).toBe(true);
});

test('what a customisation is about and an upgrade removes is refused with the place in the customisation', async () => {
  await install(training('1.0.0', [level(), course({ seats: { type: 'integer' } })]));
  await custom('entity', 'train_course', {
    extends: 'train_course',
    fields: { seats: { label: label('Places') } },
    indexes: { x_seats: ['seats'] },
  });
  const removed = install(training('2.0.0', [level(), course()]), { allowDestructive: true });
  expect(await refusal(removed)).toEqual({
    code: 'invalid_documents',
    details: [
      expect.stringContaining('custom/entity/train_course#/fields/seats '),
      expect.stringContaining('custom/entity/train_course#/fields/seats '),
    ],
  });
  expect(await registry()).toEqual(['training 1.0.0']);
  const gone = install(training('2.0.0', [level()]), { allowDestructive: true });
  expect((await refusal(gone)).details).toEqual([
    expect.stringMatching(/^custom\/entity\/train_course#\/extends .*There is no entity/),
  ]);
});

test('an upgrade that takes a field away says so, and does it where that is confirmed', async () => {
  await install(training('1.0.0'));
  const next = training('2.0.0', [level(), course()]);
  await expect(install(next)).rejects.toMatchObject({
    code: 'destructive_change',
    message: expect.stringContaining('company.train_rank'),
  });
  await install(next, { allowDestructive: true });
  expect(await registry()).toEqual(['training 2.0.0']);
});

test('an uninstallation keeps the values out of sight, and a later installation gets them back', async () => {
  await install(training('1.0.0'));
  const id = randomUUID();
  await seedDeal(db.database, { id });
  await db.database.run('update data.company set train_rank = 7');
  await insert(db.database, 'train_course', { title: 'Logic' });
  await db.database.run(
    'insert into data.train_course__deals (own_id, other_id) select id, $1::uuid from data.train_course',
    [id],
  );
  expect(await valuesOf('train_course', 'number')).toEqual(['C-001']);
  await uninstall('training');
  expect(await differences()).toEqual([]);
  expect(await registry()).toEqual(['training 1.0.0 left']);
  expect((await loadModel(db.database)).entities.has('train_course')).toBe(false);
  const again = await install(training('1.1.0', [level(), course({ seats: { type: 'integer' } }), extension(RANK)]));
  expect(again.pending).toEqual([]);
  expect(await differences()).toEqual([]);
  expect(await registry()).toEqual(['training 1.1.0']);
  const company = (await loadModel(db.database)).entities.get('company');
  expect(new Set(await valuesOf('company', company?.properties.get('train_rank')?.column ?? ''))).toEqual(
    new Set(['7']),
  );
  expect(await valuesOf('train_course', 'number')).toEqual(['C-001']);
  expect(await valuesOf('train_course__deals', 'other_id')).toEqual([id]);
  expect(await valuesOf('train_course', 'seats')).toEqual([null]);
});

test('kept values are left alone where that is asked for, or where the type is another', async () => {
  await install(training('1.0.0'));
  await db.database.run('update data.company set train_rank = 7');
  await uninstall('training');
  await install(training('1.0.0'), {}, 'leave');
  const column = async () =>
    (await loadModel(db.database)).entities.get('company')?.properties.get('train_rank')?.column ?? '';
  expect(await column()).toBe('train_rank_2');
  expect(new Set(await valuesOf('company', 'train_rank_2'))).toEqual(new Set([null]));
  expect(await differences()).toEqual([]);
  await uninstall('training');
  await install(training('2.0.0', [level(), course(), extension({ train_rank: { type: 'text' } })]));
  expect(await column()).toBe('train_rank_3');
  expect(await differences()).toEqual([]);
});

test('kept values of a field that was secured stay out of sight where it is no longer secured', async () => {
  const version = (number: string, secured: boolean) =>
    training(number, [extension({ train_rank: { type: 'integer', secured } })]);
  await install(version('1.0.0', true));
  await db.database.run('update data.company set train_rank = 7');
  await uninstall('training');
  await install(version('1.1.0', false));
  const column = async () =>
    (await loadModel(db.database)).entities.get('company')?.properties.get('train_rank')?.column;
  expect(await column()).toBe('train_rank_2');
  expect(await differences()).toEqual([]);
  await uninstall('training');
  await install(version('1.2.0', false));
  expect(await column()).toBe('train_rank_2');
});

test('kept values that no longer fit are told of, and nothing is installed', async () => {
  const version = (number: string, max_length: number) =>
    training(number, [extension({ train_note: { type: 'text', max_length } })]);
  await install(version('1.0.0', 20));
  await db.database.run(`update data.company set train_note = 'twelve chars'`);
  await uninstall('training');
  await expect(install(version('1.1.0', 5))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('stored records of company do not fit'),
  });
  expect(await registry()).toEqual(['training 1.0.0 left']);
  expect(await install(version('1.1.0', 5), {}, 'leave')).toMatchObject({ outcome: 'published' });
});

test('kept tables whose place another entity has taken are not taken for what they were', async () => {
  await install(training('1.0.0', [level(), course()]));
  await uninstall('training');
  await custom('organization', 'organization', { extends: 'organization', prefixes: ['train_'] });
  const body = course().body as DocumentBody;
  const own = { ...body, fields: { title: { type: 'integer' } }, title: 'title' };
  await custom('entity', 'train_course', own);
  await custom('entity', 'train_course', null, { allowDestructive: true });
  await install(training('1.0.0', [level(), course()]));
  expect(await differences()).toEqual([]);
  expect(await valuesOf('train_course', 'title')).toEqual([]);
});

test('two packages add to one entity, and values of both stay when one of them goes', async () => {
  await install(small('one'));
  await install(small('two'));
  await db.database.run('update data.company set one_rank = 1, two_rank = 2');
  await uninstall('one');
  const company = (await loadModel(db.database)).entities.get('company');
  expect([company?.properties.has('one_rank'), company?.properties.has('two_rank')]).toEqual([false, true]);
  expect(new Set(await valuesOf('company', 'two_rank'))).toEqual(new Set(['2']));
  expect(await differences()).toEqual([]);
});

test('dependencies are there first, in a version that goes, and leave last', async () => {
  const needs = (range: string) => small('upper', { dependencies: { lower: range } });
  expect(await refusal(install(needs('^1.0.0')))).toEqual({
    code: 'package_conflict',
    details: [
      'package#/manifest/dependencies/lower /manifest/dependencies/lower: lower is not installed: install it first',
    ],
  });
  await install(small('lower'));
  expect((await refusal(install(needs('^2.0.0')))).details).toEqual([
    expect.stringContaining('lower 1.0.0 is installed, not ^2.0.0'),
  ]);
  await install(needs('^1.0.0'));
  expect(await registry()).toEqual(['lower 1.0.0', 'upper 1.0.0']);
  expect((await refusal(uninstall('lower'))).details).toEqual([expect.stringContaining('upper depends on it')]);
  expect((await refusal(install(small('lower', { version: '2.0.0' })))).details).toEqual([
    expect.stringContaining('upper 1.0.0 works with lower ^1.0.0'),
  ]);
  const circle = small('lower', { version: '1.1.0', dependencies: { upper: '*' } });
  expect((await refusal(install(circle))).details).toEqual([expect.stringContaining('upper depends on lower itself')]);
  await install(small('lower', { version: '1.1.0' }));
  await uninstall('upper');
  await uninstall('lower');
  expect(await registry()).toEqual(['lower 1.1.0 left', 'upper 1.0.0 left']);
});

test('a package that refers to a customisation, or to a package that it does not name, is refused with the place', async () => {
  await custom('entity', 'company', { extends: 'company', fields: { x_size: { type: 'integer' } } });
  await install(small('lower'));
  const view = (column: string): PackageArchive['documents'][number] => ({
    kind: 'view',
    name: 'upper_view',
    body: { name: 'upper_view', entity: 'company', label: label('Companies'), columns: { [column]: { order: 10 } } },
  });
  const upper = (column: string, more: Partial<PackageArchive['manifest']> = {}): PackageArchive => {
    const { manifest, documents } = small('upper', more);
    return { manifest, documents: [...documents, view(column)] };
  };
  const dependencies = { lower: '*' };
  for (const archive of [upper('x_size'), upper('x_size', { dependencies }), upper('lower_rank')]) {
    const { code, details } = await refusal(install(archive));
    expect([code, details]).toEqual([
      'invalid_documents',
      [
        expect.stringMatching(
          /^package:upper\/view\/upper_view#\/columns\/(x_size|lower_rank) .*never on customisations/,
        ),
      ],
    ]);
  }
  await install(upper('lower_rank', { dependencies }));
  const version = '1.1.0';
  expect((await refusal(install(upper('x_size', { dependencies, version })))).code).toBe('invalid_documents');
  expect(await registry()).toEqual(['lower 1.0.0', 'upper 1.0.0']);
});

test('a downgrade, other contents under the same version, another publisher or prefix are refused, all reasons at once', async () => {
  await install(small('one', { version: '1.2.0' }));
  const reasons = async (archive: PackageArchive) =>
    (await refusal(install(archive))).details.map((each) => each.split(': ').slice(1).join(': '));
  expect(await reasons(small('one', { version: '1.1.9' }))).toEqual(['1.2.0 is installed, which is newer']);
  expect(await reasons(small('one', { version: '1.2.0' }, { min: 1 }))).toEqual([
    '1.2.0 is installed with other contents: give these a newer version',
  ]);
  expect(await reasons(small('one', { version: '1.3.0', publisher: 'Other', prefix: 'other_' }))).toEqual([
    'The installed package is of one',
    'The installed package has one_, and names do not change',
  ]);
  expect(await reasons(small('two', { prefix: 'one_' }))).toEqual(['one_ is the prefix of one (one)']);
  expect(await reasons(small('three', { prefix: 'deal_' }))).toEqual([
    'The product has a name that begins so: deal_stage',
  ]);
  await expect(uninstall('two')).rejects.toMatchObject({ code: 'unknown_resource' });
});

test('nothing of a package that is refused stays behind', async () => {
  const before = await readStored(db.database);
  const broken = training('1.0.0', [
    level(),
    course({ teacher: { type: 'lookup', targets: ['teacher'], inverse: 'courses', on_delete: 'restrict' } }),
  ]);
  expect(await refusal(install(broken))).toMatchObject({
    code: 'invalid_documents',
    details: [expect.stringContaining('package:training/entity/train_course#/fields/teacher')],
  });
  expect(await readStored(db.database)).toEqual(before);
});
