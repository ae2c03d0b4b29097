// The text of write statements, side by side with what was asked: a change of a statement shows in review.
import { expect, it } from 'vitest';
import { planWrite } from '../plan/write.ts';
import { authorizeWrite } from '../plan/write-authorize.ts';
import { principalOf } from '../security/principals.ts';
import type { Executor } from '../storage/types.ts';
import { fixtureModel } from '../write/fixture.ts';
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

function compiled(operation: 'create' | 'update', names: readonly string[], versioned = false) {
  const order = model.entities.get('order');
  if (order === undefined) throw new Error('no entity order');
  const plan = planWrite(model, order, operation, new Set(names), versioned);
  const { statement, checks } = compileWrite(authorizeWrite(plan, model, seller), { body: null, images: false });
  const text = statement.text.replace(
    /(, (?=[wlp] as \()|(?<=\)) (?=select c\.)| (?=from \(select| left join | cross join |where ))/g,
    '\n$&',
  );
  const slots = statement.slots.map((slot, index) => `-- $${index + 1} ${JSON.stringify(slot)}`);
  const failures = checks.map(
    (check, index) => `-- ${index}, ${check.rank}: ${check.code} ${JSON.stringify(check.values)}`,
  );
  return `${[`-- ${operation} order (${names.join(', ')})`, ...slots, ...failures, text].join('\n')}\n`;
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
