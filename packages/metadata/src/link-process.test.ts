import { expect, test } from 'vitest';
import { choice, entity, findings, modelOf } from './sample-documents.ts';

const stages = choice('stage', ['new', 'offer', 'won']);
const stage = (process: object) => ({ type: 'choice', choice: 'stage', process });

test('a process says which values follow which, and the properties that a value needs', () => {
  const linked = modelOf([
    stages,
    entity('lead', {
      stage: stage({ new: { next: ['offer'] }, offer: { requires: ['amount'] }, won: { next: [] } }),
      amount: { type: 'money' },
    }),
  ]);
  expect(linked.entities.get('lead')?.fields.get('stage')?.process).toEqual({
    next: new Map([
      ['new', ['offer']],
      ['won', []],
    ]),
    requires: new Map([['offer', ['amount']]]),
  });
  expect(linked.entities.get('lead')?.fields.get('amount')).not.toHaveProperty('process');
});

test('names that are no values of the choice are refused, wherever they stand', () => {
  const wrong = findings(stages, entity('lead', { stage: stage({ gone: {}, new: { next: ['offer', 'nowhere'] } }) }));
  expect(wrong.map((finding) => finding.split(' ')[0])).toEqual([
    '/fields/stage/process/gone',
    '/fields/stage/process/new/next/1',
  ]);
});

test('fields that cannot be required on entry are refused, each with the reason', () => {
  const requires = ['secret', 'double', 'number', 'stage', 'absent', 'amount'];
  const wrong = findings(
    stages,
    entity('lead', {
      stage: stage({ won: { requires } }),
      amount: { type: 'integer' },
      secret: { type: 'integer', secured: true },
      double: { type: 'formula', result: 'integer', expression: 'amount mul 2' },
      number: { type: 'auto_number', pattern: 'L-{000}' },
    }),
  );
  expect(wrong).toEqual([0, 1, 2, 3, 4].map((index) => `/fields/stage/process/won/requires/${index} invalid_process`));
});

test('a choice of several values has no process', () => {
  const wrong = findings(stages, entity('lead', { stages: { ...stage({ new: {} }), type: 'multi_choice' } }));
  expect(wrong[0]).toMatch(/^\/fields\/stages/);
});

test('days after which a record is stale belong to the property, and need its changes; conditions cannot ask for them', () => {
  const stale = (more: object = {}) =>
    entity('lead', { stage: { ...stage({ offer: { stale_after: 14 }, won: { next: [] } }), ...more } });
  expect(modelOf([stages, stale()]).entities.get('lead')?.properties.get('stage')?.staleAfter).toEqual({ offer: 14 });
  expect(findings(stages, stale({ audit: false }))).toEqual([
    '/fields/stage/process/offer/stale_after invalid_process',
  ]);
  expect(findings(stages, stale({ required_when: 'is_stale(stage)' }))).toEqual([
    '/fields/stage/required_when invalid_condition',
  ]);
  expect(findings(stages, entity('lead', { stage: stage({ offer: { stale_after: 0 } }) }))[0]).toMatch(
    '/process/offer/stale_after',
  );
});
