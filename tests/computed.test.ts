// Formulas and rollups over the protocol, for principals with different rights: what is shown equals a count by hand over the
// records that each of them may read, wherever it is shown.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLarge, lineTotal, type OrderRow, rollupsOf, units, weighted } from './computed-by-hand.ts';
import { startComputed } from './computed-kit.ts';
import { type Crm, principalOf } from './crm-kit.ts';

interface Reader {
  readonly name: string;
  readonly principal: Principal;
  readonly sees: (row: OrderRow) => boolean;
}

let crm: Crm;
const readers: Reader[] = [];
const orders: OrderRow[] = [];
const accounts: { readonly id: string; readonly budget: string | null; readonly currency: string }[] = [];
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  crm = await startComputed();
  const keeper = await crm.user('Keeper', ['keeper']);
  let seller = await crm.user('Seller', ['seller']);
  const small = await crm.user('Small Orders', ['small_orders']);
  const outsider = await crm.user('Outsider', ['outsider']);
  await makeRecords([crm.admin, keeper, seller], seller);
  seller = await principalOf(crm.platform, seller.id);
  readers.push(
    { name: 'administrator', principal: crm.admin, sees: () => true },
    { name: 'manager', principal: keeper, sees: () => true },
    {
      name: 'representative with shares',
      principal: seller,
      sees: ({ owner, sharedWith }) => owner === seller.id || sharedWith.includes(seller.id),
    },
    { name: 'reader under a condition that is a formula', principal: small, sees: (row) => !isLarge(row) },
    { name: 'somebody without a right to read orders', principal: outsider, sees: () => false },
  );
}, 120_000);

afterAll(() => crm?.close());

/** A sequence without chance: equal in every run. */
function* sequence(): Generator<number> {
  for (let state = 42; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield Math.floor(state / 2 ** 12);
  }
}

async function makeRecords(owners: readonly Principal[], seller: Principal): Promise<void> {
  const numbers = sequence();
  const next = (below: number): number => (numbers.next().value as number) % below;
  const orNull = <T>(value: T): T | null => (next(5) === 0 ? null : value);
  for (let n = 0; n < 6; n++) {
    const [budget, currency] = [
      n === 4 ? null : n === 5 ? '0' : `${next(100_000)}.${next(90) + 10}`,
      ['USD', 'EUR'][n % 2] ?? '',
    ];
    const { id } = await crm.create('accounts', { name: `A${n}`, budget, budget_currency: currency });
    accounts.push({ id, budget, currency });
  }
  for (let n = 0; n < 60; n++) {
    const owner = owners[next(owners.length)] as Principal;
    const account = next(8) < 7 ? next(5) : null;
    const values = {
      title: `Order ${String(n).padStart(2, '0')}`,
      status: orNull((['open', 'won', 'lost'] as const)[next(3)] ?? null),
      amount: orNull(
        `${next(20_000) - 5_000}.${String(next(10_000)).padStart(4, '0')}`.replace(/^-?0*(?=\d)/, (zeros) =>
          zeros.startsWith('-') ? '-' : '',
        ),
      ),
      probability: orNull(next(101)),
      quantity: orNull(next(7) - 1),
      price: orNull(`${next(90)}.${String(next(10_000)).padStart(4, '0')}`),
      due: orNull(`202${next(10)}-0${next(9) + 1}-1${next(9)}`),
    };
    const currency = ['USD', 'EUR', 'JPY'][next(3)] ?? '';
    const account_id = account === null ? null : accounts[account]?.id;
    const { id } = await crm.create('orders', { ...values, amount_currency: currency, account_id, owner_id: owner.id });
    const shared = owner !== seller && next(4) === 0;
    if (shared) {
      const share = { principal_id: seller.id, rights: ['read'] };
      expect((await crm.call(crm.admin, 'POST', `/orders(${id})/share`, share)).status).toBe(204);
    }
    const deleted = next(7) === 0;
    if (deleted) expect((await crm.call(crm.admin, 'DELETE', `/orders(${id})`)).status).toBe(204);
    orders.push({ ...values, id, account, owner: owner.id, sharedWith: shared ? [seller.id] : [], deleted, currency });
  }
}

const EXACT = { accept: 'application/json;IEEE754Compatible=true' };

/** Numbers as hundred millionths, the rest as it is. */
function read(record: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const exact = (value: unknown): unknown =>
    typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? units(value) : value;
  return Object.fromEntries(names.map((name) => [name, exact(record[name])]));
}

function expectedOf({ principal, sees }: Reader, account: number): Record<string, unknown> {
  const own = orders.filter((row) => row.account === account && !row.deleted && sees(row));
  const { budget = null, currency = '' } = accounts[account] ?? {};
  return rollupsOf(own, { budget, currency }, principal.id, today);
}

async function shown(
  reader: Reader,
  path: string,
): Promise<{ json: Record<string, unknown>; value: Record<string, unknown>[] }> {
  const answer = await crm.call(reader.principal, 'GET', path, undefined, EXACT);
  expect(answer.status, answer.text ?? '').toBe(200);
  return { json: answer.json, value: answer.json.value };
}

test('the world has what could go wrong in it', () => {
  expect(orders.filter(({ deleted }) => deleted).length).toBeGreaterThan(3);
  expect(orders.filter(({ sharedWith }) => sharedWith.length > 0).length).toBeGreaterThan(3);
  expect(orders.filter(({ amount }) => amount === null).length).toBeGreaterThan(3);
  expect(orders.filter(isLarge).length).toBeGreaterThan(3);
  const totals = readers.map((reader) => accounts.map((_, n) => String(expectedOf(reader, n).won_total)).join());
  expect(new Set(totals).size, 'readers with different rights see different sums').toBe(4);
});

describe('rollups, and formulas over them, equal a count by hand', () => {
  const names = Object.keys(rollupsOf([], { budget: null, currency: 'USD' }, '', ''));

  test('in a record', async () => {
    for (const reader of readers) {
      for (const [n, { id }] of accounts.entries()) {
        const { json } = await shown(reader, `/accounts(${id})`);
        expect([reader.name, n, read(json, names)]).toEqual([reader.name, n, expectedOf(reader, n)]);
      }
    }
  });

  test('in a list, alone and with the records they are computed from', async () => {
    for (const reader of readers.filter(({ name }) => !name.startsWith('somebody'))) {
      const { value } = await shown(
        reader,
        `/accounts?$orderby=name&$select=${names.join(',')}&$expand=orders($select=id)`,
      );
      for (const [n, record] of value.entries()) {
        expect([reader.name, n, read(record, names)]).toEqual([reader.name, n, expectedOf(reader, n)]);
        expect(units((record.orders as unknown[]).length)).toEqual(expectedOf(reader, n).orders_count);
      }
    }
  });

  test('in a record that another one expands', async () => {
    for (const reader of readers.filter(({ name }) => !name.startsWith('somebody'))) {
      const { value } = await shown(
        reader,
        `/orders?$filter=account_id ne null&$expand=account($select=name,${names.join(',')})`,
      );
      expect(value.length).toBeGreaterThan(0);
      for (const { account } of value as { account: Record<string, unknown> }[]) {
        const n = Number(String(account.name).slice(1));
        expect([reader.name, n, read(account, names)]).toEqual([reader.name, n, expectedOf(reader, n)]);
      }
    }
  });

  test('in the answer of a write, for each writer by the writer’s own rights', async () => {
    const writers = readers.filter(({ principal }) => principal.access('account', 'write').granted);
    expect(writers.length).toBeGreaterThan(2);
    for (const reader of [...writers, ...writers]) {
      const headers = { ...EXACT, prefer: 'return=representation' };
      const answer = await crm.call(
        reader.principal,
        'PATCH',
        `/accounts(${accounts[1]?.id})`,
        { name: 'A1' },
        headers,
      );
      expect([reader.name, read(answer.json, names)]).toEqual([reader.name, expectedOf(reader, 1)]);
    }
  });

  test('in filters, orders and totals', async () => {
    for (const reader of readers) {
      const values = accounts.map(
        (account, n) => ({ id: account.id, ...expectedOf(reader, n) }) as Record<string, unknown>,
      );
      const limit = 5n * units(1);
      const found = await shown(
        reader,
        '/accounts?$filter=orders_count gt 5 or has_open eq false&$count=true&$orderby=name&$select=id',
      );
      const matching = values.filter((each) => (each.orders_count as bigint) > limit || each.has_open === false);
      expect(found.value.map(({ id }) => id)).toEqual(matching.map(({ id }) => id));
      expect(found.json['@odata.count']).toBe(String(matching.length));
      const byTotal = await shown(reader, '/accounts?$orderby=won_total desc,name&$select=id');
      const ordered = values.toSorted((a, b) => Number((b.won_total as bigint) - (a.won_total as bigint)));
      expect(byTotal.value.map(({ id }) => id)).toEqual(ordered.map(({ id }) => id));
    }
  });

  test('over a path to the record', async () => {
    for (const reader of readers.slice(0, 4)) {
      const { value } = await shown(
        reader,
        '/orders?$filter=account/won_total gt 10000 or account/has_open eq null&$select=id&$orderby=title',
      );
      const expected = orders.filter((row) => {
        if (row.deleted || !reader.sees(row)) return false;
        return row.account === null || (expectedOf(reader, row.account).won_total as bigint) > units(10_000);
      });
      expect(value.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    }
  });
});

describe('formulas equal a count by hand', () => {
  test.each([
    ['the administrator', 0],
    ['a representative with shares', 2],
    ['a reader under a condition', 3],
  ])('in a list, page by page in their own order, for %s', async (_who, index) => {
    const reader = readers[index] as Reader;
    const live = orders.filter((row) => !row.deleted && reader.sees(row));
    expect(live.length).toBeGreaterThan(14);
    for (const direction of ['', ' desc']) {
      const seen: Record<string, unknown>[] = [];
      let path: string | undefined = `/orders?$orderby=weighted_base${direction},line_total${direction}`;
      while (path !== undefined) {
        const page: { json: Record<string, unknown>; value: Record<string, unknown>[] } = await pageOf(reader, path);
        seen.push(...page.value);
        const next = page.json['@odata.nextLink'] as string | undefined;
        path = next?.slice(next.indexOf('/orders'));
      }
      expect(seen.map(({ id }) => id).toSorted()).toEqual(live.map(({ id }) => id).toSorted());
      const rank = (value: bigint | null): bigint => value ?? -(10n ** 30n);
      const keys = seen.map((record) => {
        const row = live.find(({ id }) => id === record.id) as OrderRow;
        const { own, base } = weighted(row);
        const expected = {
          weighted: own,
          weighted_base: base,
          line_total: lineTotal(row),
          is_large: lineTotal(row) === null ? false : isLarge(row),
        };
        expect(read(record, Object.keys(expected))).toEqual(expected);
        expect(record.weighted_currency).toBe(row.currency);
        return [rank(base), rank(lineTotal(row))] as const;
      });
      const sorted = keys.toSorted((a, b) => Number(a[0] === b[0] ? a[1] - b[1] : a[0] - b[0] > 0n ? 1 : -1));
      expect(keys).toEqual(direction === '' ? sorted : sorted.toReversed());
    }
  });

  async function pageOf(reader: Reader, path: string) {
    const headers = { ...EXACT, prefer: 'maxpagesize=7' };
    const answer = await crm.call(reader.principal, 'GET', path, undefined, headers);
    expect(answer.status, answer.text ?? '').toBe(200);
    return { json: answer.json, value: answer.json.value };
  }

  test('judge a write as any property does', async () => {
    const large = { title: 'Large', quantity: 100, price: '10.01' };
    const refused = await crm.call(crm.admin, 'POST', '/orders', large);
    expect([refused.status, refused.json.details]).toMatchObject([400, [{ code: 'rule_violated' }]]);
    expect((await crm.call(crm.admin, 'POST', '/orders', { ...large, price: 10 })).status).toBe(201);
    expect((await crm.call(crm.admin, 'POST', '/orders', { ...large, due: today })).status).toBe(201);
  });
});

describe('a value computed from a secured one', () => {
  test('is shown, filtered and ordered only for who may read it', async () => {
    const [, manager, representative] = readers as [Reader, Reader, Reader];
    const { id } = await crm.create('orders', { title: 'Secret', owner_id: representative.principal.id });
    for (const [reader, status] of [
      [manager, 200],
      [representative, 403],
    ] as const) {
      for (const path of [
        '?$select=masked',
        '?$filter=masked gt 1',
        '?$orderby=masked',
        '?$filter=account/orders_count gt 1 and masked eq 2',
      ]) {
        const answer = await crm.call(reader.principal, 'GET', `/orders${path}`);
        expect([reader.name, path, answer.status]).toEqual([reader.name, path, status]);
      }
      const { json } = await crm.call(reader.principal, 'GET', `/orders(${id})`);
      expect([Object.hasOwn(json, 'masked'), Object.hasOwn(json, 'secret')]).toEqual([status === 200, false]);
    }
  });
});

test('a known version does not stand for what is computed', async () => {
  const path = `/accounts(${accounts[0]?.id})`;
  const { headers } = await crm.call(crm.admin, 'GET', path);
  const known = { 'if-none-match': headers.etag ?? '' };
  expect((await crm.call(crm.admin, 'GET', path, undefined, known)).status).toBe(200);
  expect((await crm.call(crm.admin, 'GET', `${path}?$select=name`, undefined, known)).status).toBe(304);
});

describe('more rollups than a query may compute', () => {
  const terms = (name: string, count: number) =>
    Array.from({ length: count }, (_, n) => `${name} ne ${n}`).join(' and ');

  test.each([
    ['in a filter', `?$filter=${terms('orders_count', 20)}`, `?$filter=${terms('orders_count', 21)}`],
    [
      'over formulas',
      `?$filter=${terms('has_open', 0)}open_count eq 0 or ${terms('won_share', 19)}`,
      `?$filter=${terms('won_share', 21)}`,
    ],
    [
      'in filter and order',
      `?$filter=${terms('units', 19)}&$orderby=units`,
      `?$filter=${terms('units', 20)}&$orderby=units`,
    ],
  ])('%s are refused', async (_what, most, more) => {
    expect((await crm.call(crm.admin, 'GET', `/accounts${most}`)).status).toBe(200);
    const refused = await crm.call(crm.admin, 'GET', `/accounts${more}`);
    expect([refused.status, refused.json.code]).toEqual([400, 'limit_exceeded']);
  });
});

test('computed amounts have formatted values, in the currency beside them', async () => {
  const { id } = await crm.create('accounts', { name: 'Formatted', budget: 1000, budget_currency: 'EUR' });
  const order = { title: 'F', amount: 1054, amount_currency: 'EUR', probability: 50, status: 'won', account_id: id };
  const made = await crm.create('orders', order);
  const headers = { prefer: 'odata.include-annotations="*"' };
  const formatted = async (path: string) => {
    const { json } = await crm.call(crm.admin, 'GET', path, undefined, headers);
    return Object.entries(json).flatMap(([name, value]) =>
      name.endsWith('FormattedValue') ? [[name.split('@')[0], value]] : [],
    );
  };
  expect(await formatted(`/orders(${made.id})?$select=weighted,weighted_currency,weighted_base,line_total`)).toEqual([
    ['weighted', '€527.00'],
    ['weighted_base', '$569.16'],
  ]);
  expect(await formatted(`/accounts(${id})?$select=won_total,won_total_currency,orders_count`)).toEqual([
    ['won_total', '$1,138.32'],
  ]);
});

test('the recycle bin shows computed values of what is in it', async () => {
  const { id } = await crm.create('accounts', { name: 'Deleted', budget: 5 });
  await crm.create('orders', { title: 'Left', amount: 7, status: 'won', account_id: id });
  await crm.call(crm.admin, 'DELETE', `/accounts(${id})`);
  const path = `/accounts/deleted?$filter=remaining eq 5 and not has_open&$orderby=won_total&$select=orders_count,remaining`;
  const { json } = await crm.call(crm.admin, 'GET', path);
  expect(json.value).toMatchObject([{ orders_count: 0, remaining: 5 }]);
});
