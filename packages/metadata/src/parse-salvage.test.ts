// What is wrong between documents is told together with what is wrong in one of them, and what only follows from that is not told.
import { expect, test } from 'vitest';
import { choice, entity, entityBody, findings, source } from './sample-documents.ts';

const label = { en: 'L' };
const view = (columns: object, more: object = {}) =>
  source('view', 'all', { name: 'all', entity: 'deal', label, columns, ...more });
const order = (n: number) => ({ order: n });

test('an entity with a wrong field is linked without it, and what names the field is not wrong', () => {
  const deal = entity(
    'deal',
    {
      bad: { type: 'nothing' },
      size: { type: 'integer', max_length: 4 },
      company: { type: 'lookup', targets: ['compny'], inverse: 'deals' },
      type: { type: 'choice', choice: 'none' },
      id: { type: 'text' },
    },
    {
      keys: { bad: ['bad'], worse: ['worse'] },
      indexes: { by_size: ['size', 'nam'] },
      rules: { r: { invalid_when: 'bad gt 1', error: label }, s: { invalid_when: 'nothing gt 1', error: label } },
    },
  );
  const role = source('role', 'r', {
    ...{ name: 'r', label, privileges: { deal: { read: 'user' }, del: { read: 'organization' } } },
    fields: { deal: { bad: ['read'], name: ['read'] } },
  });
  expect(findings(deal, view({ bad: order(1), size: order(2), nme: order(3) }), role)).toEqual([
    '/fields/bad/type schema',
    '/fields/size/max_length schema',
    '/fields/id reserved_name',
    '/fields/type/choice invalid_option',
    '/fields/company/targets/0 unknown_entity',
    '/keys/worse/0 unknown_property',
    '/indexes/by_size/1 unknown_property',
    '/rules/s/invalid_when invalid_condition',
    '/privileges/del unknown_entity',
    '/privileges/deal/read privilege_not_applicable',
    '/fields/deal/name not_secured',
    '/columns/nme unknown_property',
  ]);
});

test('wrong texts, entries and filters of a view, form or role leave the rest to be judged', () => {
  const { title: _, ...untitled } = entityBody('deal', {}, { label: 7 });
  const deal = source('entity', 'deal', untitled);
  const wrong = view({ nme: order(1), name: { order: 'first' } }, { label: 'All', filter: 5 });
  const form = source('form', 'f', {
    ...{ name: 'f', entity: 'deal', label },
    sections: { a: { label, order: 1, fields: { nme: order(1) } }, b: { order: 2, fields: {} } },
  });
  const role = source('role', 'r', { name: 'r', label: 1, privileges: { lead: { read: 'organization' } } });
  expect(findings(deal, wrong, form, role)).toEqual([
    ' schema',
    '/label schema',
    '/label schema',
    '/columns/name/order schema',
    '/filter schema',
    '/sections/b schema',
    '/label schema',
    '/privileges/lead unknown_entity',
    '/columns/nme unknown_property',
    '/sections/a/fields/nme unknown_field',
  ]);
});

test('where nothing is left, or the document is a choice, what refers to it is not wrong', () => {
  const nothing = [entity('deal', {}, { ownership: 'nobody' }), source('entity', 'lead', 'text')];
  const stage = { ...choice('stage', ['a']), body: { name: 'stage', label, values: { a: { order: 1 } } } };
  const other = entity('other', {
    deal: { type: 'lookup', targets: ['deal'] },
    lead: { type: 'lookup', targets: ['lead'] },
    stage: { type: 'choice', choice: 'stage', default: 'b' },
  });
  expect(findings(...nothing, stage, other, view({ size: order(1) }))).toEqual([
    ' not_an_object',
    '/ownership schema',
    '/values/a schema',
  ]);
});

test('names that meet in the database are told beside other findings', () => {
  const one = entity('deal', { x: { type: 'nothing' } }, { indexes: { contact__name: ['name'] } });
  const two = entity('deal__contact', { y: { type: 'lookup', targets: ['nobody'] } }, { indexes: { name: ['name'] } });
  expect(findings(one, two)).toEqual([
    '/fields/x/type schema',
    '/fields/y/targets/0 unknown_entity',
    '/name duplicate_name',
  ]);
});
