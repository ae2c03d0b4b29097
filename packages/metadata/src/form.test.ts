import { expect, test } from 'vitest';
import { derivedForm, formOf } from './form.ts';
import { entity, modelOf, source } from './sample-documents.ts';

const label = { en: 'L' };
const deal = entity('deal', {
  amount: { type: 'money' },
  company: { type: 'lookup', targets: ['company'], inverse: 'deals' },
});
const company = entity('company', {
  city: { type: 'text' },
  parent: { type: 'lookup', targets: ['company'], inverse: 'parts' },
});

const form = (name: string, isDefault: boolean) =>
  source('form', name, {
    name,
    entity: 'company',
    label,
    default: isDefault,
    sections: { a: { label, order: 1, fields: {} } },
  });

test('a form that is not written shows every field in its order, and every list of related records', () => {
  const model = modelOf([company, deal]);
  const type = model.entities.get('company');
  if (type === undefined) throw new Error('no company');
  const shown = (name: string) => ({ name, span: 1, readOnly: false });
  expect(derivedForm(type)).toEqual({
    name: 'company',
    entity: 'company',
    label: type.label,
    default: true,
    sections: [{ name: 'fields', label: type.label, columns: 2, fields: ['name', 'city', 'parent'].map(shown) }],
    related: [
      { navigation: 'deals', view: null },
      { navigation: 'parts', view: null },
    ].sort(
      (a, b) => [...type.navigations.keys()].indexOf(a.navigation) - [...type.navigations.keys()].indexOf(b.navigation),
    ),
  });
  expect(formOf(model, type)).toEqual(derivedForm(type));
});

test('the default form that is written is taken, another one is not', () => {
  const model = modelOf([company, deal, form('short', false), form('long', true)]);
  const [type, other] = [model.entities.get('company'), model.entities.get('deal')];
  if (type === undefined || other === undefined) throw new Error('no entity');
  expect(formOf(model, type).name).toBe('long');
  expect(formOf(model, other)).toEqual(derivedForm(other));
  const without = modelOf([company, deal, form('short', false)]);
  expect(formOf(without, type).name).toBe('company');
});
