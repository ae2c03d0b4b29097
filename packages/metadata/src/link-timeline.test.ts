import { expect, test } from 'vitest';
import { choice, entity, findings, modelOf } from './sample-documents.ts';

const deal = entity('deal', {});
const fields = {
  about: { type: 'lookup', targets: ['deal'], inverse: 'visits' },
  began: { type: 'datetime' },
  ended: { type: 'datetime', required: true },
};

test('an entity says in whose timelines its records are, and at which time', () => {
  const { entities } = modelOf([
    deal,
    entity('visit', fields, { timeline: { over: 'about', at: ['began', 'created_on'] } }),
    entity(
      'stay',
      { ...fields, about: { ...fields.about, inverse: 'stays' } },
      { timeline: { over: 'about', at: ['ended'] } },
    ),
  ]);
  expect(entities.get('visit')?.timeline).toEqual({ property: 'about_id', at: ['began', 'created_on'] });
  expect(entities.get('stay')?.timeline).toEqual({ property: 'about_id', at: ['ended'] });
  expect(entities.get('deal')).not.toHaveProperty('timeline');
});

const wrong = (timeline: object, more: object = {}) =>
  findings(deal, choice('kind', ['a']), entity('visit', { ...fields, ...more }, { timeline }));

test('what is no lookup, no stored time, secured or possibly empty at the end is refused, each in its place', () => {
  expect(wrong({ over: 'began', at: ['about', 'absent', 'began'] })).toEqual([
    '/timeline/over invalid_timeline',
    '/timeline/at/0 invalid_timeline',
    '/timeline/at/1 invalid_timeline',
    '/timeline/at/2 invalid_timeline',
  ]);
  expect(wrong({ over: 'absent', at: ['ended'] })).toEqual(['/timeline/over invalid_timeline']);
  const secret = {
    secret: { type: 'datetime', secured: true },
    hidden: { ...fields.about, inverse: 'hid', secured: true },
  };
  expect(wrong({ over: 'hidden', at: ['secret', 'ended'] }, secret)).toEqual([
    '/timeline/over invalid_timeline',
    '/timeline/at/0 invalid_timeline',
  ]);
});

test('the form of the document is checked before', () => {
  expect(wrong({ over: 'about', at: [] })).toEqual(['/timeline/at schema']);
  expect(wrong({ over: 'about', at: ['began', 'began'] })).toEqual(['/timeline/at schema']);
  expect(wrong({ over: 'about' })).toEqual(['/timeline schema']);
});

test('no entity is called as entries of the change log are', () => {
  const taken = entity('change', fields, { timeline: { over: 'about', at: ['ended'] } });
  expect(findings(deal, taken)).toEqual(['/timeline invalid_timeline']);
});
