import { describe, expect, test } from 'vitest';
import type { SourceDocument } from './documents.ts';
import { entityScope } from './entity-scope.ts';
import { checkExpression } from './expression/check.ts';
import { parseExpression } from './expression/parse.ts';
import { modelHash } from './link.ts';
import type { EntityType } from './model.ts';
import { choice, entity, errorsOf, findings, modelOf, ORGANIZATION, source } from './sample-documents.ts';

const company = entity('company', {}, { ownership: 'user', set: 'companies' });
const deal = entity(
  'deal',
  {
    company: { type: 'lookup', targets: ['company'], inverse: 'deals', on_delete: 'cascade' },
    parent: { type: 'lookup', targets: ['deal'], inverse: 'children' },
    amount: { type: 'money', required_when: "stage eq 'won'" },
    stage: { type: 'choice', choice: 'stage', default: 'open', read_only_when: 'locked eq true' },
    locked: { type: 'boolean', required: true, default: false },
    code: { type: 'text', max_length: 20, unique: true },
  },
  {
    ownership: 'user',
    keys: { company_name: ['company_id', 'name'] },
    indexes: { by_stage: ['stage', 'amount'] },
    rules: { named: { invalid_when: 'name eq null', error: { en: 'No name' } } },
  },
);
const stages = choice('stage', ['open', 'won', 'old'], ['old']);
const model = modelOf([company, deal, stages]);
const dealType = model.entities.get('deal') as EntityType;

test('fields become properties after the system properties, in document order', () => {
  expect([...dealType.properties.keys()]).toEqual([
    ...['id', 'owner_id', 'owning_business_unit_id', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id'],
    ...[
      'version',
      'name',
      'company_id',
      'parent_id',
      'amount',
      'amount_currency',
      'amount_base',
      'stage',
      'locked',
      'code',
    ],
  ]);
  expect(dealType.fields.get('amount')?.properties).toEqual(['amount', 'amount_currency', 'amount_base']);
});

test('ownership decides the system properties and navigations', () => {
  const unit = model.entities.get('business_unit') as EntityType;
  const team = model.entities.get('team') as EntityType;
  expect([...unit.properties.keys()].slice(0, 2)).toEqual(['id', 'created_on']);
  expect([...team.properties.keys()].slice(0, 2)).toEqual(['id', 'owning_business_unit_id']);
  expect([...dealType.navigations.keys()]).toEqual([
    ...[
      'owning_user',
      'owning_team',
      'owning_business_unit',
      'created_by',
      'modified_by',
      'company',
      'parent',
      'children',
    ],
  ]);
  expect(dealType.navigations.get('owning_team')).toMatchObject({ target: 'team', property: 'owner_id' });
});

test('the owning unit follows the owner of user-owned records and is chosen where a unit owns them', () => {
  expect(dealType.properties.get('owning_business_unit_id')?.readOnly).toBe(true);
  expect(model.entities.get('team')?.properties.get('owning_business_unit_id')?.readOnly).toBe(false);
});

test('a lookup makes a navigation, its inverse and a reference for delete', () => {
  expect(dealType.navigations.get('company')).toEqual({
    name: 'company',
    target: 'company',
    collection: false,
    property: 'company_id',
    partner: 'deals',
    field: 'company',
    onDelete: 'cascade',
  });
  expect(model.entities.get('company')?.navigations.get('deals')).toMatchObject({
    target: 'deal',
    collection: true,
    property: 'company_id',
    partner: 'company',
  });
  expect(model.entities.get('company')?.referencedBy).toEqual([
    { entity: 'deal', property: 'company_id', onDelete: 'cascade' },
  ]);
  expect(dealType.navigations.get('children')).toMatchObject({ target: 'deal', collection: true, partner: 'parent' });
});

test('who owns records is referred to by them', () => {
  const owned = (name: string) =>
    model.entities.get(name)?.referencedBy.map((each) => `${each.entity}.${each.property}`);
  expect(owned('team')).toEqual(['company.owner_id', 'deal.owner_id']);
  expect(owned('business_unit')).toContain('user.owning_business_unit_id');
});

test('keys come from the document and from unique fields', () => {
  expect([...dealType.keys.values()]).toEqual([
    { name: 'company_name', properties: ['company_id', 'name'] },
    { name: 'code', properties: ['code'] },
  ]);
});

test('conditions are checked expressions', () => {
  expect(dealType.fields.get('amount')?.requiredWhen).toMatchObject({ kind: 'compare', op: 'eq' });
  expect(dealType.fields.get('stage')?.readOnlyWhen).toMatchObject({ kind: 'compare' });
  expect(dealType.rules[0]).toMatchObject({ name: 'named', error: { en: 'No name' } });
});

test('the base amount is computed from the rates, and never written by a client', () => {
  const base = dealType.properties.get('amount_base');
  expect(base).toMatchObject({ readOnly: true, sqlType: 'numeric(31,4)' });
  expect(base?.derived?.from).toEqual(['amount', 'amount_currency']);
  expect(base?.derived?.sql((name) => `r."${name}"`)).toBe(
    `round(r."amount" * case coalesce(r."amount_currency", 'USD') when 'USD' then 1::numeric when 'EUR' then 1.08::numeric end, 4)`,
  );
  expect(dealType.properties.get('amount_currency')).toMatchObject({ default: 'USD', nullable: false });
});

test('inactive values stay allowed in the table and are not accepted any more', () => {
  expect(dealType.properties.get('stage')?.values).toEqual(['open', 'won', 'old']);
  expect(dealType.properties.get('stage')?.valueSchema).toEqual({ type: 'string', enum: ['open', 'won'] });
});

test('the column recorded at publish is kept', () => {
  const column = (entity: string, property: string) =>
    entity === 'deal' && property === 'code' ? 'code_2' : undefined;
  const stored = modelOf([company, deal, stages], { column });
  expect(stored.entities.get('deal')?.properties.get('code')?.column).toBe('code_2');
  expect(stored.entities.get('deal')?.hash).not.toBe(dealType.hash);
});

test('everything that does not resolve is reported at once', () => {
  const broken = entity(
    'thing',
    {
      firm: { type: 'lookup', targets: ['firm'] },
      state: { type: 'choice', choice: 'state' },
      limit: { type: 'integer', min: 5, max: 1, default: 3 },
      mode: { type: 'choice', values: { a: { label: { en: 'A' }, order: 1 } }, default: 'b' },
      ended: { type: 'date', required_when: "begun eq '2024'" },
    },
    {
      title: 'titel',
      keys: { k: ['nothing'] },
      indexes: { i: ['name', 'mode_id'] },
      rules: { r: { invalid_when: 'name gt 5 and unknown eq 1', error: { en: 'x' } } },
    },
  );
  expect(findings(broken).sort()).toEqual([
    '/fields/ended/required_when invalid_condition',
    '/fields/firm/targets/0 unknown_entity',
    '/fields/limit/min invalid_option',
    '/fields/mode/default invalid_default',
    '/fields/state/choice invalid_option',
    '/indexes/i/1 unknown_property',
    '/keys/k/0 unknown_property',
    '/rules/r/invalid_when invalid_condition',
    '/rules/r/invalid_when invalid_condition',
    '/title unknown_property',
  ]);
});

test('properties that two fields would make are refused', () => {
  expect(findings(entity('a', { b: { type: 'lookup', targets: ['a'] }, b_id: { type: 'text' } }))).toEqual([
    '/fields/b_id duplicate_name',
  ]);
  expect(findings(entity('a', { sum: { type: 'money' }, sum_Base: { type: 'text' } }))).toEqual([
    '/fields/sum_Base duplicate_name',
  ]);
});

test('an inverse may not take a name that the target has', () => {
  expect(findings(entity('a', { b: { type: 'lookup', targets: ['user'], inverse: 'name' } }))).toEqual([
    '/fields/b/inverse duplicate_name',
  ]);
  expect(
    findings(
      entity('a', {
        b: { type: 'lookup', targets: ['user'], inverse: 'as' },
        c: { type: 'lookup', targets: ['user'], inverse: 'as' },
      }),
    ),
  ).toEqual(['/fields/c/inverse duplicate_name']);
});

test('names that are too long for PostgreSQL once derived are refused', () => {
  const name = 'n'.repeat(61);
  expect(findings(entity('a', { [name]: { type: 'text' } }))).toEqual([]);
  expect(findings(entity('a', { [name]: { type: 'lookup', targets: ['user'] } }))).toEqual([
    `/fields/${name} name_too_long`,
  ]);
  expect(findings(entity('t'.repeat(64), {}))).toEqual(['/name name_too_long']);
});

test('an index whose texts can outgrow an index entry is refused', () => {
  const long = { type: 'text', max_length: 651 };
  expect(findings(entity('a', { b: { ...long, max_length: 650 } }, { indexes: { i: ['b'] } }))).toEqual([]);
  expect(findings(entity('a', { b: long }, { indexes: { i: ['b'] } }))).toEqual(['/indexes/i index_too_wide']);
  expect(findings(entity('a', { b: { ...long, unique: true } }))).toEqual(['/fields/b/unique index_too_wide']);
});

test('indexes of two documents that would have one name are refused', () => {
  expect(
    findings(entity('a', {}, { indexes: { b__c: ['name'] } }), entity('a__b', {}, { indexes: { c: ['name'] } })),
  ).toEqual(['/name duplicate_name']);
});

test('entities that require each other are refused', () => {
  const lookup = (target: string) => ({ type: 'lookup', targets: [target], required: true });
  expect(findings(entity('a', { b: lookup('b') }), entity('b', { a: lookup('a') }))).toEqual([
    '/fields/a/required circular_requirement',
  ]);
  expect(findings(entity('a', { a: lookup('a') }))).toEqual(['/fields/a/required circular_requirement']);
  expect(findings(entity('a', { b: lookup('b') }), entity('b', {}))).toEqual([]);
  const oneOf = (...targets: readonly string[]) => ({ type: 'lookup', targets, required: true });
  const c = entity('c', {});
  expect(findings(entity('a', { b: oneOf('a', 'b') }), entity('b', { a: oneOf('a', 'c') }), c)).toEqual([]);
  expect(findings(entity('a', { b: oneOf('a', 'b') }), entity('b', { a: lookup('a') }), c)).toEqual([
    '/fields/b/required circular_requirement',
    '/fields/a/required circular_requirement',
  ]);
});

test('a lookup with several targets makes a property for the type, a navigation per target, and the inverse on each', () => {
  const about = { type: 'lookup', targets: ['company', 'user'], inverse: 'notes', on_delete: 'cascade' };
  const model = modelOf([company, entity('note', { about })]);
  const note = model.entities.get('note');
  expect(note?.fields.get('about')?.properties).toEqual(['about_id', 'about_type']);
  expect(note?.properties.get('about_type')).toMatchObject({ type: 'Edm.String', values: ['company', 'user'] });
  const discriminator = { property: 'about_type', value: 'user' };
  expect(note?.navigations.get('about_user')).toMatchObject({ target: 'user', collection: false, discriminator });
  const inverse = { target: 'note', collection: true, property: 'about_id', partner: 'about_user', discriminator };
  expect(model.entities.get('user')?.navigations.get('notes')).toMatchObject(inverse);
  expect(model.entities.get('user')?.referencedBy).toContainEqual({
    entity: 'note',
    property: 'about_id',
    onDelete: 'cascade',
    discriminator,
  });
  expect(findings(company, entity('note', { about: { ...about, targets: ['company', 'nobody'] } }))).toEqual([
    '/fields/about/targets/1 unknown_entity',
  ]);
  expect(findings(company, entity('note', { about, about_type: { type: 'text' } }))).toEqual([
    '/fields/about_type duplicate_name',
  ]);
  expect(findings(company, entity('note', { about, about_user: { type: 'text' } }))).toEqual([
    '/fields/about duplicate_name',
  ]);
});

test('a stored condition names properties of the record itself', () => {
  const [error] = errorsOf(
    company,
    entity('a', {
      company: { type: 'lookup', targets: ['company'] },
      b: { type: 'text', required_when: "company/name eq 'x'" },
    }),
  );
  expect(error).toMatchObject({ code: 'invalid_condition', hint: expect.stringContaining('company_id') });
});

test('a condition that compares a choice with a value it does not have is refused', () => {
  expect(
    findings(
      stages,
      entity('a', { s: { type: 'choice', choice: 'stage' }, b: { type: 'text', required_when: "s eq 'wonn'" } }),
    ),
  ).toEqual(['/fields/b/required_when invalid_condition']);
});

test('a joined text is made from texts that are there, and tells no secret', () => {
  const joined = (...parts: readonly string[]) => ({ type: 'text', joined: parts });
  const errors = errorsOf(
    entity('person', {
      secret: { type: 'text', secured: true },
      born: { type: 'date' },
      told: joined('name', 'secret'),
      kept: { ...joined('name', 'secret'), secured: true },
      of_nothing: joined('nobody'),
      of_a_date: joined('born'),
      of_a_joined: joined('kept', 'name'),
    }),
  );
  expect(errors.map(({ pointer, code, reason }) => `${pointer} ${code}: ${reason}`)).toEqual([
    '/fields/told invalid_source: secret is secured, and told would tell its value',
    '/fields/of_nothing invalid_source: There is no property nobody',
    '/fields/of_a_date invalid_source: born is no text',
    '/fields/of_a_joined invalid_source: kept is made from others itself',
  ]);
});

test('a condition cannot read a secured field, which could be found out by trying', () => {
  const salary = { type: 'integer', secured: true };
  const rules = { fair: { invalid_when: 'salary gt bid', error: { en: 'Too little' } } };
  const offer = entity('offer', { salary, bid: { type: 'integer', required_when: 'salary ne null' } }, { rules });
  const role = source('role', 'r', {
    name: 'r',
    label: { en: 'R' },
    privileges: { offer: { read: { depth: 'organization', when: 'salary lt 10' } } },
  });
  expect(findings(offer, role)).toEqual([
    '/fields/bid/required_when invalid_condition',
    '/rules/fair/invalid_when invalid_condition',
    '/privileges/offer/read/when invalid_condition',
  ]);
});

test('a role is expanded to one grant per entity and privilege, the most exact entry winning', () => {
  const role = source('role', 'clerk', {
    name: 'clerk',
    label: { en: 'Clerk' },
    privileges: {
      '*': { '*': 'organization', delete: 'none' },
      deal: { read: 'business_unit', write: { depth: 'user', when: "stage ne 'won' and owner_id eq me()" } },
      company: { '*': 'parent_child', delete: 'user' },
    },
    capabilities: ['export'],
  });
  const linked = modelOf([company, deal, stages, role]).roles.get('clerk');
  const grants = linked?.grants.map(({ entity, privilege, depth }) => `${entity} ${privilege} ${depth}`);
  expect(grants?.filter((grant) => grant.startsWith('deal'))).toEqual(['deal read business_unit', 'deal write user']);
  expect(grants?.filter((grant) => grant.startsWith('company'))).toHaveLength(8);
  expect(grants).toContain('company delete user');
  expect(grants?.filter((grant) => grant.startsWith('business_unit'))).toEqual([
    ...['create', 'read', 'write', 'append', 'append_to'].map((privilege) => `business_unit ${privilege} organization`),
  ]);
  expect(
    linked?.grants.find(({ privilege, entity }) => entity === 'deal' && privilege === 'write')?.when,
  ).toMatchObject({
    kind: 'logical',
  });
});

test('a role that does not fit the entities is refused, with everything that is wrong', () => {
  const role = (privileges: unknown) => source('role', 'r', { name: 'r', label: { en: 'R' }, privileges });
  expect(
    findings(
      deal,
      company,
      stages,
      role({
        lead: { read: 'user' },
        business_unit: { read: 'user', assign: 'organization' },
        team: { '*': 'user' },
        deal: { read: { depth: 'user', when: 'company/name eq null' }, write: { depth: 'user', when: 'amount' } },
      }),
    ),
  ).toEqual([
    '/privileges/lead unknown_entity',
    '/privileges/team/* privilege_not_applicable',
    '/privileges/business_unit/read privilege_not_applicable',
    '/privileges/business_unit/assign privilege_not_applicable',
    '/privileges/deal/read/when invalid_condition',
    '/privileges/deal/write/when invalid_condition',
  ]);
});

test('organization settings are complete and consistent', () => {
  const settings = (more: object) =>
    source('organization', 'organization', { ...(ORGANIZATION.body as object), ...more });
  const { organization } = modelOf([settings({ rates: { EUR: '1.1' } })]);
  expect([...organization.rates]).toEqual([
    ['EUR', '1.1'],
    ['USD', '1'],
  ]);
  expect(organization).toMatchObject({
    fiscalYearStart: '01-01',
    retention: { changesDays: 1095, recycleBinDays: 30, securityLogDays: 1095, notificationsDays: 180 },
  });
  expect(() => modelOf([settings({ rates: { USD: '2' } })])).toThrow('The rate of the base currency is 1');
  expect(() => modelOf([settings({ rates: { EUR: '0.0' } })])).toThrow('above zero');
  expect(() => modelOf([settings({ time_zone: 'Mars/Base' })])).toThrow('time-zone');
  expect(() => modelOf([settings({ locale: 'fr' })])).toThrow('none of the languages');
});

test('the hash of an entity changes with what is compiled from it, and only then', () => {
  const again = modelOf([company, deal, stages]);
  expect(again.entities.get('deal')?.hash).toBe(dealType.hash);
  expect(modelHash(again)).toBe(modelHash(model));
  const moreStages = modelOf([company, deal, choice('stage', ['open', 'won', 'old', 'new'], ['old'])]);
  expect(moreStages.entities.get('deal')?.hash).not.toBe(dealType.hash);
  expect(moreStages.entities.get('company')?.hash).toBe(model.entities.get('company')?.hash);
  const rates = { ...(ORGANIZATION.body as object), rates: { EUR: '1.2' } };
  const moreMoney = modelOf([company, deal, stages, source('organization', 'organization', rates)]);
  expect(moreMoney.entities.get('deal')?.hash).not.toBe(dealType.hash);
  expect(moreMoney.entities.get('company')?.hash).toBe(model.entities.get('company')?.hash);
});

test('the Model is frozen to the last member', () => {
  expect(() => (model.entities as Map<string, EntityType>).set('x', dealType)).toThrow('frozen');
  expect(() => Object.assign(dealType.fields.get('amount')?.document ?? {}, { label: {} })).toThrow(TypeError);
  const operators = dealType.properties.get('stage')?.operators ?? new Set();
  expect(() => (operators as Set<string>).add('lt')).toThrow('frozen');
});

test('an entity scope resolves paths over to-one navigations only', () => {
  const scope = entityScope(dealType, model);
  expect(scope.resolve(['company', 'owning_user', 'name'])).toMatchObject({
    navigations: ['company', 'owning_user'],
    property: 'name',
    type: 'string',
  });
  expect(scope.resolve(['children', 'name'])).toBeUndefined();
  expect(scope.resolve(['company'])).toBeUndefined();
  const parsed = parseExpression("parent/parent/amount gt 5 and stage in ('open','won')");
  expect(parsed.ok && checkExpression(parsed.expression, scope, { expects: 'boolean' }).ok).toBe(true);
});

const PARENT = { type: 'lookup', targets: ['company'], required: true, on_delete: 'cascade' };
const note = (fields: Record<string, Record<string, unknown>>, more: Record<string, unknown> = {}) =>
  entity('note', fields, { ownership: 'parent', parent: 'about', ...more });

test('records of ownership parent carry the owner and the unit of their parent, which nobody writes', () => {
  const type = modelOf([company, note({ about: PARENT })]).entities.get('note') as EntityType;
  expect(type).toMatchObject({ ownership: 'parent', parent: 'about' });
  for (const name of ['owner_id', 'owning_business_unit_id'])
    expect(type.properties.get(name)).toMatchObject({ readOnly: true, nullable: true });
  expect([...type.navigations.keys()].slice(0, 3)).toEqual(['owning_user', 'owning_team', 'owning_business_unit']);
});

test('a parent is a required lookup, and only records of ownership parent have one', () => {
  expect(findings(company, note({}))).toEqual(['/parent unknown_field']);
  expect(findings(company, note({ about: { type: 'text' } }))).toEqual(['/parent not_a_lookup']);
  expect(findings(company, note({ about: { ...PARENT, required: false } }))).toEqual([
    '/fields/about parent_not_required',
  ]);
  expect(findings(company, entity('note', { about: PARENT }, { ownership: 'parent' }))).toEqual([
    '/ownership parent_missing',
  ]);
  expect(findings(company, note({ about: PARENT }, { ownership: 'user' }))).toEqual(['/parent invalid_option']);
  expect(findings(company, note({ about: { ...PARENT, on_delete: 'set_null' } }))).toContain(
    '/fields/about/on_delete invalid_option',
  );
});

test('no entity is its own parent in the end', () => {
  const reply = entity('reply', { to: { ...PARENT, targets: ['note'] } }, { ownership: 'parent', parent: 'to' });
  expect(findings(company, note({ about: PARENT }), reply)).toEqual([]);
  const circle = findings(company, note({ about: { ...PARENT, targets: ['reply'] } }), reply);
  expect(circle.filter((finding) => finding.endsWith('circular_ownership'))).toHaveLength(2);
});

test('the ways to parents and their parents are bounded', () => {
  const roots = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const middles = ['p', 'q', 'r', 's', 't'];
  const above = [
    ...roots.map((name) => entity(name, {}, { ownership: 'user' })),
    ...middles.map((name) =>
      entity(name, { up: { ...PARENT, targets: roots } }, { ownership: 'parent', parent: 'up', set: `${name}_set` }),
    ),
  ];
  const withTargets = (targets: readonly string[]) => findings(...above, note({ about: { ...PARENT, targets } }));
  // Five middles with nine roots each: fifty.
  expect(withTargets(middles)).toEqual([]);
  expect(withTargets([...middles, 'a'])).toEqual(['/parent too_many_parents']);
});

test('a lookup passes owners on between records of the same ownership, and shares between those that have any', () => {
  const withCascade = (cascade: object, more: Record<string, unknown>, target = 'company') =>
    findings(
      company,
      entity('thing', {}),
      entity('task', { of: { type: 'lookup', targets: [target], cascade } }, { ownership: 'user', ...more }),
    );
  expect(withCascade({ assign: 'active', share: 'probe' }, {})).toEqual([]);
  expect(withCascade({ assign: 'none', share: 'none' }, { ownership: 'organization' }, 'thing')).toEqual([]);
  expect(withCascade({ assign: 'most' }, {})).toEqual(['/fields/of/cascade/assign schema']);
  expect(withCascade({ assign: 'active', share: 'none', reparent: 'none' }, {})).toEqual([]);
  expect(withCascade({ reparent: 'owner' }, {})).toEqual(['/fields/of/cascade/reparent schema']);
  expect(withCascade({ assign: 'all' }, {}, 'thing')).toEqual(['/fields/of/cascade/assign invalid_option']);
  expect(withCascade({ assign: 'all' }, {}, 'user')).toEqual(['/fields/of/cascade/assign invalid_option']);
  expect(withCascade({ assign: 'all' }, { ownership: 'business_unit' }, 'user')).toEqual([]);
  expect(withCascade({ assign: 'all' }, { ownership: 'organization' })).toEqual([
    '/fields/of/cascade/assign invalid_option',
  ]);
  expect(withCascade({ share: 'probe' }, {}, 'thing')).toEqual(['/fields/of/cascade/share invalid_option']);
  expect(withCascade({ share: 'probe' }, { ownership: 'organization' })).toEqual([
    '/fields/of/cascade/share invalid_option',
  ]);
  expect(findings(company, note({ about: { ...PARENT, cascade: { assign: 'all' } } }))).toEqual([
    '/fields/about/cascade/assign invalid_option',
  ]);
});

test('shares go in no circle, owners may', () => {
  const tree = (cascade: object) =>
    findings(entity('node', { up: { type: 'lookup', targets: ['node'], cascade } }, { ownership: 'user' }));
  expect(tree({ assign: 'all' })).toEqual([]);
  expect(tree({ share: 'probe' })).toEqual(['/fields/up/cascade/share circular_share']);
});

test('roles give no right to assign what belongs to its parent, unless they give everything', () => {
  const role = (privileges: object) =>
    source('role', 'r', { name: 'r', label: { en: 'R' }, privileges: { note: privileges } });
  const documents = [company, note({ about: PARENT })];
  expect(findings(...documents, role({ assign: 'user' }))).toEqual([
    '/privileges/note/assign privilege_not_applicable',
  ]);
  const grants = modelOf([...documents, role({ '*': 'user' })]).roles.get('r')?.grants ?? [];
  expect(grants.map(({ privilege }) => privilege)).not.toContain('assign');
  expect(grants).toHaveLength(7);
});

test('a stored condition cannot name a number, which is drawn after it is judged', () => {
  const number = { type: 'auto_number', pattern: 'D-{000}' };
  const rules = { numbered: { invalid_when: 'number eq null', error: { en: 'x' } } };
  expect(findings(entity('thing', { number }, { rules }))).toEqual(['/rules/numbered/invalid_when invalid_condition']);
  expect(findings(entity('thing', { number, note: { type: 'text', required_when: "number eq 'D-001'" } }))).toEqual([
    '/fields/note/required_when invalid_condition',
  ]);
});

test('numbers have a key of their field, whose name and sequence are free', () => {
  const number = { type: 'auto_number', pattern: 'D-{000}' };
  const thing = modelOf([entity('thing', { number })]).entities.get('thing');
  expect([...(thing?.keys ?? [])]).toEqual([['number', { name: 'number', properties: ['number'] }]]);
  const taken = entity('thing__number__seq', {});
  expect(findings(entity('thing', { number }), taken)).toEqual(['/name duplicate_name']);
});

describe('many', () => {
  const contact = entity('contact', {});
  const links = { type: 'many', target: 'contact', inverse: 'deals' };
  const navigationsOf = (documents: readonly SourceDocument[], name: string) =>
    modelOf(documents).entities.get(name)?.navigations;

  test('makes a collection on both sides over one table of links, and no property', () => {
    const documents = [entity('deal', { contacts: links }), contact];
    const table = { table: 'deal__contacts', audit: true };
    expect(navigationsOf(documents, 'deal')?.get('contacts')).toMatchObject({
      ...{ target: 'contact', collection: true, property: 'id', partner: 'deals' },
      junction: { ...table, own: 'own_id', other: 'other_id' },
    });
    expect(navigationsOf(documents, 'contact')?.get('deals')).toMatchObject({
      ...{ target: 'deal', collection: true, property: 'id', partner: 'contacts' },
      junction: { ...table, own: 'other_id', other: 'own_id' },
    });
    expect(modelOf(documents).entities.get('deal')?.fields.get('contacts')?.properties).toEqual([]);
  });

  test('leads from an entity to itself', () => {
    const documents = [entity('contact', { friends: { type: 'many', target: 'contact', inverse: 'friend_of' } })];
    const navigations = navigationsOf(documents, 'contact');
    expect([navigations?.get('friends')?.junction?.own, navigations?.get('friend_of')?.junction?.own]).toEqual([
      'own_id',
      'other_id',
    ]);
    expect(findings(entity('contact', { friends: { type: 'many', target: 'contact', inverse: 'friends' } }))).toEqual([
      '/fields/friends/inverse duplicate_name',
    ]);
  });

  const lookup = (...targets: readonly string[]) => ({ type: 'lookup', targets });
  const through = { type: 'many', target: 'contact', inverse: 'deals', through: 'deal_contact' };

  test('goes through the records of an entity with a lookup to each side', () => {
    const documents = [
      ...[entity('deal', { contacts: through }), contact],
      entity('deal_contact', { deal: lookup('deal'), party: lookup('contact', 'user') }),
    ];
    const discriminators = [{ property: 'party_type', value: 'contact' }];
    expect(navigationsOf(documents, 'deal')?.get('contacts')).toMatchObject({
      through: { entity: 'deal_contact', own: 'deal_id', other: 'party_id', discriminators },
    });
    expect(navigationsOf(documents, 'contact')?.get('deals')).toMatchObject({
      through: { entity: 'deal_contact', own: 'party_id', other: 'deal_id', discriminators },
    });
  });

  test('names the lookups where there are several, and is refused where it is not clear', () => {
    const deal = (more: object = {}) => entity('deal', { contacts: { ...through, ...more } });
    const both = { deal: lookup('deal'), contact: lookup('contact'), introducer: lookup('contact') };
    const link = entity('deal_contact', both);
    const [error] = errorsOf(deal(), contact, link);
    expect(error).toMatchObject({
      pointer: '/fields/contacts/through',
      code: 'unclear_link',
      reason: 'deal_contact has several lookups to contact: contact, introducer',
      hint: 'Name one by "other"',
    });
    expect(findings(deal({ other: 'introducer' }), contact, link)).toEqual([]);
    expect(findings(deal({ other: 'nobody' }), contact, link)).toEqual(['/fields/contacts/other unclear_link']);
    expect(findings(deal(), contact, entity('deal_contact', { deal: lookup('deal') }))).toEqual([
      '/fields/contacts/through unclear_link',
    ]);
    expect(findings(deal(), contact, entity('deal_contact', { party: lookup('deal', 'contact') }))).toEqual([
      '/fields/contacts/through unclear_link',
    ]);
    const kinship = entity('kinship', { one: lookup('person'), another: lookup('person') });
    const person = (more: object) =>
      entity('person', { kin: { type: 'many', target: 'person', through: 'kinship', ...more } });
    expect(findings(person({}), kinship)).toEqual([
      '/fields/kin/through unclear_link',
      '/fields/kin/through unclear_link',
    ]);
    expect(findings(person({ own: 'one' }), kinship)).toEqual([]);
    expect(findings(person({ own: 'one', other: 'one' }), kinship)).not.toEqual([]);
  });

  test('is refused where its table would have the name of another', () => {
    expect(findings(entity('deal', { contacts: links }), contact, entity('deal__contacts', {}))).toEqual([
      '/name duplicate_name',
    ]);
  });
});

test('a text is not joined from a number, which has no value while a record is being made', () => {
  const number = { type: 'auto_number', pattern: 'D-{000}' };
  const joined = { type: 'text', joined: ['name', 'number'] };
  expect(findings(entity('thing', { number, joined }))).toEqual(['/fields/joined invalid_source']);
});
