// Rows for tests of publish, inserted as the engine would: every system column, values as text.
import { randomUUID } from 'node:crypto';
import type { Executor } from '../../storage/types.ts';

const OWNER = '00000000-0000-7000-8000-000000000001';
const UNIT = '00000000-0000-7000-8000-000000000002';

/** The principal and the business unit that own every other row. */
export async function seedOwner(executor: Executor): Promise<void> {
  await executor.run(`insert into kartoteka.principal (id, kind) values ('${OWNER}', 'user') on conflict do nothing`);
  await insert(executor, 'business_unit', { id: UNIT, name: 'Root' });
}

/** A company and a deal of it; `values` are further columns of the deal. */
export async function seedDeal(
  executor: Executor,
  values: Readonly<Record<string, string | null>> = {},
): Promise<void> {
  const company = randomUUID();
  await insert(executor, 'company', { ...OWNED, id: company, name: 'A company' });
  await insert(executor, 'deal', {
    ...OWNED,
    name: 'A deal',
    company_id: company,
    stage: 'new',
    amount: '12.50',
    amount_currency: 'EUR',
    probability: '50',
    ...values,
  });
}

const OWNED = { owner_id: OWNER, owning_business_unit_id: UNIT };

/** One row of a table in schema `data`; system columns are filled in. */
export async function insert(
  executor: Executor,
  table: string,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const now = new Date().toISOString();
  const system = {
    id: randomUUID(),
    created_on: now,
    created_by_id: OWNER,
    modified_on: now,
    modified_by_id: OWNER,
    version: '1',
  };
  const row = { ...system, ...values };
  const places = Object.keys(row).map((_, index) => `$${index + 1}`);
  await executor.run(
    `insert into data.${table} (${Object.keys(row).join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
}

/** Many deals in one statement, without companies; `values` are further columns, the same in each. */
export async function seedMany(
  executor: Executor,
  count: number,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const names = Object.keys(values);
  const [columns, places] = [names.map((name) => `, ${name}`), names.map((_, index) => `, $${index + 2}`)];
  await executor.run(
    `insert into data.deal (id, created_on, created_by_id, modified_on, modified_by_id, version, owner_id,
       owning_business_unit_id, name, stage, amount_currency${columns.join('')})
     select gen_random_uuid(), now(), '${OWNER}', now(), '${OWNER}', 1, '${OWNER}', '${UNIT}', 'Deal ' || n, 'new', 'EUR'${places.join('')}
     from generate_series(1, $1::int) n`,
    [String(count), ...Object.values(values)],
  );
}
