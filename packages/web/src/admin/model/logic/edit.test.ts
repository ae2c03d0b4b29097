import { describe, expect, it } from 'vitest';
import { changesBetween, differencePatch, patchOf, planEdit, planRemoval } from './edit.ts';
import { effectiveOf, type LayeredDocument, originOf } from './layered.ts';
import { moved } from './placed.ts';

const BASE = {
  name: 'deal',
  label: { en: 'Deal', ru: 'Сделка' },
  fields: { stage: { type: 'choice', label: { en: 'Stage' } } },
};

const document = (more: Partial<LayeredDocument> = {}): LayeredDocument => ({
  kind: 'entity',
  name: 'deal',
  lower: [{ layer: 'base', body: BASE }],
  published: null,
  draft: undefined,
  ...more,
});

describe('edits of a document', () => {
  it('patches an extension of what a lower layer has', () => {
    const field = { type: 'money', label: { en: 'Margin' } };
    expect(planEdit(document(), [{ way: ['fields', 'x_margin'], value: field }])).toEqual({
      method: 'PATCH',
      body: { fields: { x_margin: field } },
    });
  });

  it('puts a document of its own where there is none', () => {
    const own = document({ name: 'x_course', lower: [] });
    expect(planEdit(own, [{ way: ['label', 'en'], value: 'Course' }])).toEqual({
      method: 'PUT',
      body: { name: 'x_course', label: { en: 'Course' } },
    });
  });

  it('takes out objects that a reset leaves empty, and the whole extension with the last of them', () => {
    const published = { extends: 'deal', fields: { stage: { label: { en: 'Phase' } }, x_a: { type: 'text' } } };
    const reset = [{ way: ['fields', 'stage', 'label', 'en'], value: undefined }];
    expect(planEdit(document({ published }), reset)).toEqual({ method: 'PATCH', body: { fields: { stage: null } } });
    const only = { extends: 'deal', fields: { stage: { label: { en: 'Phase' } } } };
    expect(planEdit(document({ published: only }), reset)).toEqual({ method: 'DELETE' });
  });

  it('takes out what comes to say the same as the layers below', () => {
    const published = { extends: 'deal', fields: { stage: { label: { en: 'Phase' } } }, label: { en: 'Sale' } };
    const back = [{ way: ['fields', 'stage', 'label', 'en'], value: 'Stage' }];
    expect(planEdit(document({ published }), back)).toEqual({ method: 'PATCH', body: { fields: null } });
  });

  it('reverts the document when the draft comes back to what is published', () => {
    const draft = { extends: 'deal', fields: { x_a: { type: 'text' } } };
    const out = [{ way: ['fields', 'x_a'], value: undefined }];
    expect(planEdit(document({ draft }), out)).toEqual({ method: 'REVERT' });
    expect(planEdit(document(), out)).toEqual({ method: 'NONE' });
  });

  it('reverts a removal that is taken back by the same content', () => {
    const published = { extends: 'deal', label: { en: 'Sale' } };
    const again = [{ way: ['label', 'en'], value: 'Sale' }];
    expect(planEdit(document({ published, draft: null }), again)).toEqual({ method: 'REVERT' });
  });

  it('takes a whole document away, or out of the set where nothing of it is published', () => {
    const own = document({ lower: [], published: { name: 'x_a' } });
    expect(planRemoval(own)).toEqual({ method: 'DELETE' });
    expect(planRemoval({ ...own, draft: null })).toEqual({ method: 'NONE' });
    expect(planRemoval({ ...own, published: null, draft: { name: 'x_a' } })).toEqual({ method: 'REVERT' });
  });

  it('joins changes of the same object, removals among them', () => {
    const changes = [
      { way: ['fields', 'a', 'min'], value: 1 },
      { way: ['fields', 'a', 'max'], value: undefined },
    ];
    expect(patchOf(changes)).toEqual({ fields: { a: { min: 1, max: null } } });
  });

  it('says only what is another, as deep as it lies', () => {
    const [before, after] = [
      { type: 'text', label: { en: 'A', ru: 'А' } },
      { type: 'text', label: { en: 'B' }, list: [1] },
    ];
    expect(changesBetween(['fields', 'a'], before, after)).toEqual([
      { way: ['fields', 'a', 'label', 'en'], value: 'B' },
      { way: ['fields', 'a', 'label', 'ru'], value: undefined },
      { way: ['fields', 'a', 'list'], value: [1] },
    ]);
    expect(changesBetween(['fields', 'a'], undefined, after)).toEqual([{ way: ['fields', 'a'], value: after }]);
  });

  it('replaces lists and scalars whole in a difference', () => {
    expect(differencePatch({ a: { b: [1, 2], c: 1 }, d: 1 }, { a: { b: [2], c: 1 } })).toEqual({
      a: { b: [2] },
      d: null,
    });
  });
});

describe('the origin of a value', () => {
  it('is the highest layer that says it, with what is below and what the draft does', () => {
    const draft = { extends: 'deal', fields: { stage: { label: { en: 'Phase' } }, x_a: { type: 'text' } } };
    const drafted = document({ draft });
    expect(originOf(drafted, ['fields', 'stage', 'label', 'en'])).toEqual({
      layer: 'custom',
      overrides: true,
      below: 'Stage',
      draft: 'changed',
    });
    expect(originOf(drafted, ['fields', 'stage'])).toMatchObject({ layer: 'base', draft: 'changed' });
    expect(originOf(drafted, ['fields', 'x_a'])).toMatchObject({ layer: 'custom', overrides: false, draft: 'added' });
    expect(originOf(drafted, ['label'])).toMatchObject({ layer: 'base', draft: undefined });
  });

  it('names the package between base and customisation', () => {
    const lower = [
      { layer: 'base', body: BASE },
      { layer: 'package:training', body: { extends: 'deal', fields: { training_x: { type: 'text' } } } },
    ];
    expect(originOf(document({ lower }), ['fields', 'training_x', 'type']).layer).toBe('package:training');
    expect(effectiveOf(document({ lower }))).toMatchObject({ name: 'deal', fields: { training_x: { type: 'text' } } });
  });

  it('tells what the draft takes away', () => {
    const published = { extends: 'deal', fields: { x_a: { type: 'text' } } };
    expect(originOf(document({ published, draft: null }), ['fields', 'x_a']).draft).toBe('removed');
  });
});

describe('a move', () => {
  const items = [
    { key: 'a', order: 10 },
    { key: 'b', order: 20 },
    { key: 'c', order: 30 },
  ];
  it('changes one order where there is room between the neighbours', () => {
    expect([...moved(items, 2, 1)]).toEqual([['c', 15]]);
    expect([...moved(items, 0, 2)]).toEqual([['a', 40]]);
    expect([...moved(items, 2, 0)]).toEqual([['c', 0]]);
    expect(moved(items, 1, 1).size).toBe(0);
  });
  it('gives all a new order where there is none', () => {
    const tight = items.map(({ key }, at) => ({ key, order: at }));
    expect([...moved(tight, 2, 1)]).toEqual([
      ['a', 10],
      ['c', 20],
      ['b', 30],
    ]);
  });
});
