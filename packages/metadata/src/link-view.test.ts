// Views and forms: what they may name, how layers extend them, and what is said of each mistake.
import { expect, test } from 'vitest';
import type { SourceDocument } from './documents.ts';
import { compileDocuments } from './link.ts';
import { DIRECTORY, entity, errorsOf, findings, modelOf, ORGANIZATION, source } from './sample-documents.ts';

const label = { en: 'L' };
const company = entity('company', { city: { type: 'text' } });
const deal = entity('deal', {
  stage: { type: 'choice', values: { open: { label, order: 1 }, won: { label, order: 2 } } },
  amount: { type: 'money' },
  tags: { type: 'multi_choice', values: { a: { label, order: 1 } } },
  company: { type: 'lookup', targets: ['company'], inverse: 'deals' },
});
const view = (more: object, name = 'all_deals') =>
  source('view', name, { name, entity: 'deal', label, columns: { name: { order: 1 } }, ...more });
const form = (more: object, name = 'deal_form') =>
  source('form', name, {
    name,
    entity: 'deal',
    label,
    sections: { main: { label, order: 1, fields: { name: { order: 1 } } } },
    ...more,
  });
const custom = (kind: 'view' | 'form', target: string, more: object) =>
  source(kind, target, { extends: target, ...more }, 'custom');

test('a view is linked with its members in their order and without what is hidden', () => {
  const document = view({
    columns: {
      amount: { order: 20, width: 90 },
      'company/name': { order: 15 },
      name: { order: 10 },
      gone: { hidden: true },
    },
    filter: "stage eq 'open' and company/city ne null",
    sort: { amount: { order: 2, direction: 'desc' }, 'company/city': { order: 1, direction: 'asc' } },
    grouping: 'stage',
    default: true,
  });
  expect(modelOf([company, deal, document]).views.get('all_deals')).toEqual({
    name: 'all_deals',
    entity: 'deal',
    label,
    default: true,
    columns: [{ path: 'name' }, { path: 'company/name' }, { path: 'amount', width: 90 }],
    filter: "stage eq 'open' and company/city ne null",
    sort: [
      { path: 'company/city', direction: 'asc' },
      { path: 'amount', direction: 'desc' },
    ],
    grouping: 'stage',
  });
});

test('every broken reference of a view is reported at once, with its pointer and what to do', () => {
  const bad = view({
    columns: {
      company: { order: 1 },
      'company/town': { order: 2 },
      'stage/name': { order: 3 },
      constructor: { order: 4 },
    },
    filter: "stage eq 'lost' and company/town eq 'x' and amount gt 'much'",
    sort: { tags: { order: 1, direction: 'asc' }, size: { order: 2, direction: 'asc' } },
    grouping: 'tags',
  });
  const lost = view({ entity: 'lead' }, 'leads');
  const far = source('view', 'companies', {
    name: 'companies',
    entity: 'company',
    label,
    columns: { 'deals/name': { order: 1 } },
  });
  expect(
    errorsOf(company, deal, bad, lost, far).map(({ source: from, pointer, code, reason, hint }) =>
      [`${from}${pointer}`, code, reason, ...(hint === undefined ? [] : [hint])].join(' | '),
    ),
  ).toEqual([
    'base/all_deals.json/columns/company | unknown_property | There is no property company on deal | The field company has the properties company_id',
    'base/all_deals.json/columns/company~1town | unknown_property | There is no property town on company',
    'base/all_deals.json/columns/stage~1name | unknown_property | deal has no lookup stage',
    'base/all_deals.json/columns/constructor | unknown_property | There is no property constructor on deal',
    'base/all_deals.json/sort/tags | not_sortable | The values of tags have no order',
    'base/all_deals.json/sort/size | unknown_property | There is no property size on deal',
    'base/all_deals.json/filter | invalid_condition | lost is not a value of stage (at character 10) | Values are open, won',
    'base/all_deals.json/filter | invalid_condition | There is no property company/town on deal (at character 21)',
    'base/all_deals.json/filter | invalid_condition | a decimal cannot be compared with a string (at character 52) | What stands in quotes has to be a value of the type that it is compared with',
    'base/all_deals.json/grouping | not_sortable | The values of tags have no order',
    'base/leads.json/entity | unknown_entity | There is no entity lead',
    'base/companies.json/columns/deals~1name | unknown_property | deals of company leads to many records | A path leads over lookups only',
  ]);
});

test('a filter that is no condition, and no expression at all, are reported', () => {
  expect(findings(company, deal, view({ filter: 'amount add 1' }))).toEqual(['/filter invalid_condition']);
  expect(findings(company, deal, view({ filter: 'stage eq' }))).toEqual(['/filter invalid_condition']);
  expect(findings(company, deal, view({ filter: '' }))).toEqual(['/filter schema']);
});

test('the shape of views and forms is checked with everything that is wrong', () => {
  const bad = view({ columns: { name: {}, '1st': { order: 1 } }, sort: { name: { order: 1 } }, colums: {} });
  expect(findings(company, deal, bad)).toEqual([
    '/colums schema',
    '/columns/1st schema',
    '/columns/name schema',
    '/sort/name schema',
  ]);
  expect(findings(company, deal, view({ columns: {} }))).toEqual(['/columns schema']);
  expect(findings(company, deal, form({ sections: { main: { label, order: 1, columns: 5, fields: {} } } }))).toEqual([
    '/sections/main/columns schema',
  ]);
});

test('one view and one form of an entity is the default', () => {
  const two = [view({ default: true }), view({ default: true }, 'open_deals'), view({}, 'more')];
  expect(errorsOf(company, deal, ...two)).toEqual([
    expect.objectContaining({
      source: 'base/open_deals.json',
      pointer: '/default',
      reason: 'all_deals is the default view of deal already',
    }),
  ]);
  const forms = [form({ default: true }), form({ default: true }, 'short')];
  expect(findings(company, deal, ...forms)).toEqual(['/default duplicate_default']);
});

test('the default of a custom layer takes the place of the shipped one', () => {
  const mine = (name: string) => source('view', name, { ...(view({ default: true }).body as object), name }, 'custom');
  const defaults = (...documents: readonly SourceDocument[]): string[] =>
    [...modelOf([company, deal, ...documents]).views.values()].filter((each) => each.default).map(({ name }) => name);
  expect(defaults(view({ default: true }), view({}, 'more'))).toEqual(['all_deals']);
  expect(defaults(view({ default: true }), mine('x_mine'))).toEqual(['x_mine']);
  expect(defaults(mine('x_mine'), view({ default: true }))).toEqual(['x_mine']);
  expect(defaults(view({ default: true }), view({}, 'more'), custom('view', 'more', { default: true }))).toEqual([
    'more',
  ]);
  expect(defaults(view({ default: true }), custom('view', 'all_deals', { default: false }))).toEqual([]);
  expect(findings(company, deal, view({ default: true }), mine('x_a'), mine('x_b'))).toEqual([
    '/default duplicate_default',
  ]);
});

test('a form is linked with its sections, fields and related lists', () => {
  const on = source('form', 'company_form', {
    name: 'company_form',
    entity: 'company',
    label,
    sections: {
      more: {
        label,
        order: 2,
        columns: 3,
        fields: { city: { order: 1, span: 3 }, created_on: { order: 2, read_only: true } },
      },
      main: { label, order: 1, fields: { name: { order: 1 }, gone: { hidden: true } } },
    },
    related: { deals: { order: 1, view: 'all_deals' } },
  });
  expect(modelOf([company, deal, view({}), on]).forms.get('company_form')).toEqual({
    name: 'company_form',
    entity: 'company',
    label,
    default: false,
    sections: [
      { name: 'main', label, columns: 2, fields: [{ name: 'name', span: 1, readOnly: false }] },
      {
        name: 'more',
        label,
        columns: 3,
        fields: [
          { name: 'city', span: 3, readOnly: false },
          { name: 'created_on', span: 1, readOnly: true },
        ],
      },
    ],
    related: [{ navigation: 'deals', view: 'all_deals' }],
  });
});

test('every broken reference of a form is reported at once', () => {
  const bad = form({
    sections: {
      main: {
        label,
        order: 1,
        columns: 1,
        fields: { amount_base: { order: 1 }, size: { order: 2 }, name: { order: 3, span: 2 } },
      },
      off: { hidden: true, label, fields: {} },
    },
    related: { company: { order: 1 }, visits: { order: 2 } },
  });
  const other = source('form', 'of_company', {
    name: 'of_company',
    entity: 'company',
    label,
    sections: { main: { label, order: 1, fields: {} } },
    related: { deals: { order: 1, view: 'companies' } },
  });
  const companies = source('view', 'companies', {
    name: 'companies',
    entity: 'company',
    label,
    columns: { name: { order: 1 } },
  });
  expect(errorsOf(company, deal, bad, other, companies).map(({ pointer, reason }) => `${pointer}: ${reason}`)).toEqual([
    '/sections/main/fields/amount_base: There is no field amount_base on deal',
    '/sections/main/fields/size: There is no field size on deal',
    '/sections/main/fields/name/span: name spans 2 columns; the section has 1',
    '/related/company: company of deal leads to one record',
    '/related/visits: deal has no list of records visits',
    '/related/deals/view: companies is a view of company, not of deal',
  ]);
});

test('a field that a view or form names cannot be removed', () => {
  const documents = [
    view({ columns: { amount: { order: 1 } }, filter: 'amount gt 5' }),
    form({ sections: { main: { label, order: 1, fields: { amount: { order: 1 } } } } }),
  ];
  expect(findings(company, deal, ...documents)).toEqual([]);
  expect(findings(company, entity('deal', {}), ...documents)).toEqual([
    '/columns/amount unknown_property',
    '/filter invalid_condition',
    '/sections/main/fields/amount unknown_field',
  ]);
});

test('what refers to an entity or field with errors of its own is not reported for that', () => {
  const broken = entity('company', { a: { type: 'b' } });
  const paths = view({ columns: { 'company/name': { order: 1 } }, filter: "company/city eq 'x'" });
  expect(findings(broken, deal, paths)).toEqual(['/fields/a/type schema', '/filter invalid_condition']);
  const lookup = entity('note', { deal: { type: 'lookup', targets: ['deal'], inverse: 'notes', size: 1 } });
  const notes = view({ columns: { name: { order: 1 } }, filter: "notes/any(n: n/name eq 'x')" });
  expect(findings(company, deal, lookup, notes)).toEqual(['/fields/deal/size schema']);
  const unlinked = entity('deal', {
    amount: { type: 'integer', min: 2, max: 1 },
    company: { type: 'lookup', targets: ['company'] },
  });
  expect(
    findings(
      company,
      unlinked,
      view({ columns: { amount: { order: 1 } }, filter: 'amount gt 1' }),
      form({ sections: { main: { label, order: 1, fields: { amount: { order: 1 } } } } }),
    ),
  ).toEqual(['/fields/amount/min invalid_option']);
  const related = source('form', 'f', {
    name: 'f',
    entity: 'company',
    label,
    sections: { main: { label, order: 1, fields: {} } },
    related: { deals: { order: 1, view: 'v' } },
  });
  expect(findings(company, entity('deal', { a: { type: 'b' } }), related, view({ colums: 1 }, 'v'))).toEqual([
    '/fields/a/type schema',
    '/colums schema',
    '/related/deals unknown_navigation',
  ]);
});

test('a custom layer adds, moves and hides parts of a shipped view and form', () => {
  const upper = [
    custom('view', 'all_deals', {
      columns: { amount: { order: 0 }, name: { hidden: true } },
      filter: "stage eq 'won'",
    }),
    custom('form', 'deal_form', {
      sections: {
        main: { fields: { name: { order: 5 }, stage: { order: 1 } } },
        x_more: { label, order: 9, fields: {} },
      },
    }),
  ];
  const model = modelOf([company, deal, view({ sort: { name: { order: 1, direction: 'asc' } } }), form({}), ...upper]);
  expect(model.views.get('all_deals')).toMatchObject({
    columns: [{ path: 'amount' }],
    filter: "stage eq 'won'",
    sort: [{ path: 'name' }],
  });
  expect(
    model.forms.get('deal_form')?.sections.map(({ name, fields }) => [name, fields.map((each) => each.name)]),
  ).toEqual([
    ['main', ['stage', 'name']],
    ['x_more', []],
  ]);
  expect(findings(company, deal, view({}), custom('view', 'all_deals', { entity: 'company' }))).toEqual([
    '/entity immutable',
  ]);
  expect(
    findings(
      company,
      deal,
      form({}),
      custom('form', 'deal_form', { sections: { more: { label, order: 1, fields: {} } } }),
    ),
  ).toEqual(['/sections/more name_prefix']);
  const nothing = custom('view', 'all_deals', { columns: { name: { hidden: true } } });
  expect(findings(company, deal, view({}), nothing)).toEqual(['/columns nothing_shown']);
});

test('a base that drops a column which a custom layer hides still links', () => {
  const hides = custom('view', 'all_deals', { columns: { amount: { hidden: true } } });
  const documents = [ORGANIZATION, ...DIRECTORY, company, entity('deal', {}), view({}), hides];
  expect(compileDocuments(documents, { revision: 0 }).ok).toBe(true);
});
