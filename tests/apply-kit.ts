// Shops and their sales for the tests of $apply and $compute: values of every kind, nulls, amounts in two currencies.
import type { SourceDocument } from '@kartoteka/metadata';
import { entityDocument, roleDocument, shippedDocuments } from './computed-kit.ts';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

const label = (en: string, ru: string) => ({ label: { en, ru } });

const SHOP = entityDocument('shop', {
  name: { type: 'text', required: true },
  region: {
    type: 'choice',
    values: { north: { ...label('North', 'Север'), order: 1 }, south: { ...label('South', 'Юг'), order: 2 } },
  },
  staff: { type: 'integer' },
  budget: { type: 'money' },
  sold: { type: 'rollup', relation: 'sales', aggregate: 'count' },
});

const SALE = entityDocument(
  'sale',
  {
    title: { type: 'text', required: true, search: true, max_length: 200 },
    shop: { type: 'lookup', targets: ['shop'], inverse: 'sales', on_delete: 'set_null' },
    kind: {
      type: 'choice',
      values: { tool: { ...label('Tool', 'Инструмент'), order: 1 }, toy: { ...label('Toy', 'Игрушка'), order: 2 } },
    },
    amount: { type: 'money' },
    quantity: { type: 'integer' },
    price: { type: 'decimal', precision: 12, scale: 2 },
    day: { type: 'date' },
    at: { type: 'datetime' },
    paid: { type: 'boolean' },
    spent: { type: 'duration' },
    tags: { type: 'multi_choice', values: { red: { ...label('Red', 'Красный'), order: 1 } } },
    data: { type: 'json' },
    note: { type: 'long_text' },
    secret: { type: 'decimal', secured: true },
    line_total: { type: 'formula', result: 'decimal', expression: 'quantity mul price', scale: 2 },
  },
  { indexes: { by_day: ['day'] } },
);

const ROLES = [
  roleDocument('keeper', { '*': { '*': 'organization' } }, { capabilities: ['export'] }),
  roleDocument(
    'trusted',
    { '*': { '*': 'organization' } },
    { fields: { sale: { '*': ['read', 'create', 'update'] } } },
  ),
  roleDocument('seller', { sale: { '*': 'user' }, shop: { read: 'organization' }, user: { read: 'organization' } }),
  roleDocument('toys_only', {
    sale: { read: { depth: 'organization', when: "kind eq 'toy'" } },
    shop: { read: 'user' },
  }),
  roleDocument('no_sales', { shop: { '*': 'organization' } }),
];

export const SALES = [
  {
    title: 'Saw',
    shop: 'Oslo',
    kind: 'tool',
    amount: '100.50',
    quantity: 2,
    price: '50.25',
    day: '2026-01-05',
    paid: true,
  },
  {
    title: 'Drill',
    shop: 'Oslo',
    kind: 'tool',
    amount: '10',
    amount_currency: 'EUR',
    quantity: 1,
    price: '10',
    day: '2026-01-20',
    paid: false,
  },
  {
    title: 'Bear',
    shop: 'Rome',
    kind: 'toy',
    amount: '0.0001',
    quantity: 5,
    price: '3.33',
    day: '2026-02-01',
    paid: true,
  },
  { title: 'Doll', shop: 'Rome', kind: 'toy', amount: '20', quantity: 3, price: '6.67', day: '2027-02-11', paid: null },
  { title: 'Ball', shop: null, kind: 'toy', amount: null, quantity: null, price: null, day: null, paid: null },
  {
    title: 'Kite',
    shop: 'Rome',
    kind: null,
    amount: '7',
    amount_currency: 'EUR',
    quantity: 5,
    price: '1.40',
    day: '2026-02-28',
    paid: true,
  },
] as const;

export interface Sales {
  readonly crm: Crm;
  readonly shops: ReadonlyMap<string, string>;
  /** Rows of an answer 200. */
  // biome-ignore lint/suspicious/noExplicitAny: rows are JSON of any shape
  rows(path: string, principal?: Crm['admin'], headers?: Record<string, string>): Promise<any[]>;
  get(path: string, principal?: Crm['admin'], headers?: Record<string, string>): Promise<Answer>;
}

export async function startSales(more: readonly SourceDocument[] = []): Promise<Sales> {
  const crm = await startCrm({ documents: [...(await shippedDocuments()), SHOP, SALE, ...ROLES, ...more] });
  const shops = new Map<string, string>();
  const make = async (name: string, values: object): Promise<void> => {
    shops.set(name, (await crm.create('shops', { name, ...values })).id);
  };
  await make('Oslo', { region: 'north', staff: 4, budget: '1000', budget_currency: 'EUR' });
  await make('Rome', { region: 'south', staff: 3, budget: '500' });
  for (const { shop, ...values } of SALES) {
    const { amount_currency = 'USD', ...others } = { amount_currency: 'USD', ...values };
    await crm.create('sales', { ...others, amount_currency, shop_id: shop === null ? null : shops.get(shop) });
  }
  const get: Sales['get'] = (path, principal = crm.admin, headers = {}) =>
    crm.call(principal, 'GET', path, undefined, headers);
  return {
    crm,
    shops,
    get,
    rows: async (path, principal, headers) => {
      const answer = await get(path, principal, headers);
      if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
      return answer.json.value;
    },
  };
}
