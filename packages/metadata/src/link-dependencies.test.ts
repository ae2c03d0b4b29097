import { expect, test } from 'vitest';
import { choice, entity, findings, modelOf } from './sample-documents.ts';

const company = entity('company', {}, { ownership: 'user', set: 'companies' });

const stage = (
  parent: string | undefined,
  parents: Record<string, readonly string[] | undefined>,
  more: object = {},
) => ({
  ...{ type: 'choice', ...more },
  ...(parent === undefined ? {} : { parent }),
  values: Object.fromEntries(
    Object.entries(parents).map(([name, list], order) => [
      name,
      { label: { en: name }, order, ...(list === undefined ? {} : { parents: list }) },
    ]),
  ),
});
const pipeline = { type: 'choice', choice: 'pipeline' };
const pipelines = choice('pipeline', ['sales', 'service']);

test('a choice depends on another field or on the record that a lookup names', () => {
  const linked = modelOf([
    pipelines,
    company,
    entity('board', { pipeline }),
    entity('lead', {
      pipeline,
      board: { type: 'lookup', targets: ['board'], inverse: 'leads' },
      stage: stage('pipeline', { new: undefined, offer: ['sales'] }),
      phase: { ...stage('board/pipeline', { visit: ['service', 'sales'], call: undefined }), type: 'multi_choice' },
    }),
  ]);
  const fields = linked.entities.get('lead')?.fields;
  expect(fields?.get('stage')?.dependency).toEqual({
    navigation: null,
    property: 'pipeline',
    parents: new Map([['offer', ['sales']]]),
  });
  expect(fields?.get('phase')?.dependency).toEqual({
    navigation: 'board',
    property: 'pipeline',
    parents: new Map([['visit', ['service', 'sales']]]),
  });
});

test('a parent that does not exist, cannot be one or does not have the values is refused', () => {
  const with_ = (fields: Record<string, Record<string, unknown>>) =>
    findings(
      pipelines,
      entity('board', { pipeline, secret: { ...pipeline, secured: true } }),
      entity('lead', {
        pipeline,
        kinds: { type: 'multi_choice', choice: 'pipeline' },
        board: { type: 'lookup', targets: ['board'], inverse: 'leads' },
        ...fields,
      }),
    );
  const offer = { offer: ['sales'] };
  for (const parent of ['missing', 'kinds', 'name', 'board', 'board/missing', 'board/name', 'board/secret', 'name/x']) {
    expect(with_({ stage: stage(parent, offer) })).toEqual(['/fields/stage/parent invalid_parent']);
  }
  expect(with_({ stage: stage('pipeline', { offer: ['sales', 'other'] }) })).toEqual([
    '/fields/stage/parent invalid_parent',
  ]);
  expect(with_({ stage: stage('a/b/c', offer) })).toEqual(['/fields/stage/parent schema']);
  expect(with_({ stage: stage('pipeline', { offer: undefined }) })).toEqual(['/fields/stage/parent invalid_option']);
  expect(with_({ stage: stage(undefined, offer) })).toEqual(['/fields/stage/values invalid_option']);
  expect(with_({ stage: stage('pipeline', offer, { default: 'offer' }) })).toEqual([]);
  const service = { ...pipeline, default: 'service' };
  expect(with_({ pipeline: service, stage: stage('pipeline', offer, { default: 'offer' }) })).toEqual([
    '/fields/stage/default invalid_default',
  ]);
});

test('values that depend on each other in a circle are refused, a chain is not', () => {
  const lead = (fields: Record<string, Record<string, unknown>>) => findings(entity('lead', fields));
  const [one, two] = [stage('two', { a: ['b'] }), stage('one', { b: ['a'] })];
  expect(lead({ one, two })).toEqual(['/fields/one/parent circular_parent']);
  expect(lead({ one: stage('one', { a: ['a'] }) })).toEqual(['/fields/one/parent circular_parent']);
  expect(lead({ one, two: stage(undefined, { b: undefined }), three: stage('one', { c: ['a'] }) })).toEqual([]);
});
