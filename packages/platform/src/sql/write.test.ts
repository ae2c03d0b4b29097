// The text of write statements, side by side with what was asked: a change of a statement shows in review.
import type { EntityType, Navigation } from '@kartoteka/metadata';
import { expect, it } from 'vitest';
import { planLink } from '../plan/link.ts';
import { planWrite } from '../plan/write.ts';
import { authorizeLink, authorizeWrite } from '../plan/write-authorize.ts';
import { principalOf } from '../security/principals.ts';
import type { Executor } from '../storage/types.ts';
import { fixtureModel } from '../write/fixture.ts';
import type { CompiledCheck } from './delete.ts';
import { linkStatement, unlinkStatement } from './link.ts';
import { compileWrite } from './write.ts';

const model = fixtureModel();
const ME = '01900000-0000-7000-8000-000000000001';
const UNIT = '01900000-0000-7000-8000-000000000002';
const offline: Executor = { run: () => Promise.reject(new Error('no statement is needed')) };
const seller = principalOf(offline, model, {
  id: ME,
  unit: UNIT,
  teams: [],
  roles: [{ role: 'seller', holder: ME, unit: UNIT }],
  subtrees: { [UNIT]: [UNIT] },
  entities: {},
});

function entityNamed(name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`no entity ${name}`);
  return entity;
}

function compiled(operation: 'create' | 'update', names: readonly string[], versioned = false) {
  const plan = planWrite(model, entityNamed('order'), operation, new Set(names), versioned);
  const write = compileWrite(authorizeWrite(plan, model, seller), { body: null, images: false });
  return printed(`${operation} order (${names.join(', ')})`, write);
}

function printed(title: string, { statement, checks }: CompiledCheck): string {
  const text = statement.text.replace(
    /(, (?=[xcwlp] as )|(?<=\)) (?=select c\.)| (?=from \(select| left join | cross join |where ))/g,
    '\n$&',
  );
  const slots = statement.slots.map((slot, index) => `-- $${index + 1} ${JSON.stringify(slot)}`);
  const failures = checks.map(
    (check, index) => `-- ${index}, ${check.rank}: ${check.code} ${JSON.stringify(check.values)}`,
  );
  return `${[`-- ${title}`, ...slots, ...failures, text].join('\n')}\n`;
}

it('prints a create with a lookup', async () => {
  await expect(compiled('create', ['name', 'account_id', 'amount'])).toMatchFileSnapshot(
    'golden/create-with-lookup.sql',
  );
});

it('prints an update of one property with If-Match', async () => {
  await expect(compiled('update', ['units'], true)).toMatchFileSnapshot('golden/update-one-property.sql');
});

it('prints an update of the owner, a lookup and a frozen field', async () => {
  await expect(compiled('update', ['owner_id', 'referrer_id', 'discount'])).toMatchFileSnapshot(
    'golden/update-owner-and-lookup.sql',
  );
});

it.each([
  ['create', 'order', 'creates-a-reminder-of-an-order'],
  ['update', 'account', 'moves-a-reminder-to-an-account'],
  ['update', null, 'clears-a-reminder'],
] as const)('prints a statement for the target of a lookup with several: %s, %s', async (operation, type, file) => {
  const types = new Map([['about_type', type]]);
  const names = new Set(['name', 'about_id', 'about_type']);
  const plan = planWrite(model, entityNamed('reminder'), operation, names, false, types);
  const write = compileWrite(authorizeWrite(plan, model, seller), { body: null, images: false });
  await expect(printed(`${operation} reminder (about: ${type})`, write)).toMatchFileSnapshot(`golden/${file}.sql`);
});

it.each([
  ['links', linkStatement],
  ['unlinks', unlinkStatement],
] as const)('prints the statement that %s records', async (what, compile) => {
  const order = entityNamed('order');
  const navigation = order.navigations.get('watchers') as Navigation;
  const link = planLink(model, order, navigation, 'watchers');
  const statement = compile(authorizeLink(link, model, seller));
  await expect(printed(`${what} watchers of an order`, statement)).toMatchFileSnapshot(`golden/${what}-records.sql`);
});
