// A build that takes over what has not changed makes the same Model, and the same findings, as one that begins anew.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { BuildMemory } from './build-memory.ts';
import type { SourceDocument } from './documents.ts';
import { compileSteps } from './link.ts';
import type { Model } from './model.ts';
import { DIRECTORY, entity, entityBody, ORGANIZATION, source } from './sample-documents.ts';
import { atOnce } from './steps.ts';

const BASE: readonly SourceDocument[] = [
  ORGANIZATION,
  ...DIRECTORY,
  source('choice', 'stage', {
    name: 'stage',
    label: { en: 'Stage' },
    values: { a: { label: { en: 'A' }, order: 1 }, b: { label: { en: 'B' }, order: 2 } },
  }),
  entity('company', {
    size: { type: 'integer' },
    largest: { type: 'rollup', relation: 'deals', aggregate: 'sum', field: 'amount' },
  }),
  entity('deal', {
    company: { type: 'lookup', targets: ['company'], inverse: 'deals' },
    stage: { type: 'choice', choice: 'stage' },
    amount: { type: 'money' },
    twice: { type: 'formula', result: 'decimal', expression: 'amount mul 2' },
  }),
  entity('note', { text: { type: 'long_text' } }),
  source('role', 'reader', { name: 'reader', label: { en: 'Reader' }, privileges: { '*': { read: 'organization' } } }),
];

function build(documents: readonly SourceDocument[], memory?: BuildMemory) {
  return atOnce(compileSteps(documents, { revision: 1 }, memory));
}

function built(documents: readonly SourceDocument[], memory?: BuildMemory) {
  const result = build(documents, memory);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result;
}

const extension = (name: string, body: Record<string, unknown>): SourceDocument =>
  source('entity', name, { extends: name, ...body }, 'custom');

/** All that a Model holds; functions by their text. */
function contentOf(model: Model): unknown {
  return JSON.parse(
    JSON.stringify(model, (_key, value: unknown) => {
      if (value instanceof Map) return ['map', ...value];
      if (value instanceof Set) return ['set', ...value];
      return typeof value === 'function' ? String(value) : value;
    }),
  );
}

test('an entity of which nothing has changed is taken over as it is, others are made anew', () => {
  const first = built(BASE);
  const next = built([...BASE, extension('note', { fields: { x_more: { type: 'text' } } })], first.memory);
  const taken = [...next.model.entities].filter(([name, each]) => first.model.entities.get(name) === each);
  expect(taken.map(([name]) => name).sort()).toEqual(['business_unit', 'company', 'deal', 'team', 'user']);
  expect(next.model.entities.get('note')?.properties.has('x_more')).toBe(true);
});

const CHANGES: Readonly<Record<string, (documents: readonly SourceDocument[]) => readonly SourceDocument[]>> = {
  'a field of another entity that a rollup reads': (documents) => [
    ...documents,
    extension('deal', { fields: { amount: { secured: true } } }),
  ],
  'a value of a shared choice': (documents) => [
    ...documents,
    source('choice', 'stage', { extends: 'stage', values: { x_c: { label: { en: 'C' }, order: 3 } } }, 'custom'),
  ],
  'a lookup from elsewhere': (documents) => [
    ...documents,
    extension('note', { fields: { x_deal: { type: 'lookup', targets: ['deal'], inverse: 'x_notes' } } }),
  ],
  'the settings': (documents) =>
    documents.map((document) =>
      document === ORGANIZATION
        ? { ...ORGANIZATION, body: { ...(ORGANIZATION.body as object), base_currency: 'EUR', rates: { USD: '0.9' } } }
        : document,
    ),
  'an entity less': (documents) => documents.filter(({ name }) => name !== 'note'),
  'an entity before the others': (documents) => [entity('first', {}), ...documents],
  'another order': (documents) => documents.toReversed(),
  'an entity that takes the place of another': (documents) => [
    ...documents.filter(({ name }) => name !== 'note'),
    source('entity', 'note', entityBody('note', {}, { ownership: 'user' })),
  ],
};

test.each(Object.entries(CHANGES))('%s: the Model is that of a build from nothing', (_what, change) => {
  const { memory } = built(BASE);
  const changed = change(BASE);
  const next = built(changed, memory);
  expect(contentOf(next.model)).toEqual(contentOf(built(changed).model));
  // And back.
  expect(contentOf(built(BASE, next.memory).model)).toEqual(contentOf(built(BASE).model));
});

test('findings are those of a build from nothing, in its order', () => {
  const { memory } = built(BASE);
  const wrong = [
    ...BASE.filter(({ name }) => name !== 'team'),
    extension('deal', { fields: { x_a: { type: 'lookup', targets: ['nothing'], inverse: 'x_b' }, bad: 1 } }),
    extension('note', { rules: { r: { invalid_when: 'nothing eq 1', error: { en: 'No' } } } }),
  ];
  const [full, next] = [build(wrong), build(wrong, memory)];
  if (full.ok || next.ok) throw new Error('there are findings');
  expect(full.errors.length).toBeGreaterThan(2);
  expect(next.errors).toEqual(full.errors);
});

test('an entity is made anew where another column holds a property', () => {
  const columns = new Map<string, string>();
  const storage = { column: (name: string, property: string) => columns.get(`${name}.${property}`) };
  const first = atOnce(compileSteps(BASE, { revision: 1, storage }));
  columns.set('note.text', 'text_2');
  if (!first.ok) throw new Error('it compiles');
  const next = atOnce(compileSteps(BASE, { revision: 2, storage }, first.memory));
  if (!next.ok) throw new Error('it compiles');
  expect(next.model.entities.get('note')?.properties.get('text')?.column).toBe('text_2');
  expect(next.model.entities.get('deal')).toBe(first.model.entities.get('deal'));
});

test('a build that others have followed is not kept by them', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const changed = (number: number): readonly SourceDocument[] => [
    ...BASE,
    extension('note', { fields: { [`x_f${number}`]: { type: 'choice', choice: 'stage' } } }),
  ];
  let memory: BuildMemory | undefined;
  const begun: WeakRef<BuildMemory>[] = [];
  for (let number = 1; number <= 4; number += 1) {
    memory = built(changed(number), memory).memory;
    begun.push(new WeakRef(memory));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  collect();
  expect(begun.map((ref) => ref.deref() !== undefined)).toEqual([false, false, false, true]);
  expect(memory?.documents.size).toBeGreaterThan(0);
});
