// Entities with formulas and rollups for the tests of computed values: accounts with orders, in several currencies, and roles
// with different rights on them.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { type Crm, startCrm } from './crm-kit.ts';

const label = (text: string) => ({ en: text });

const ACCOUNT_FIELDS = {
  name: { type: 'text', required: true },
  budget: { type: 'money' },
  seats: { type: 'integer' },
  parent: { type: 'lookup', targets: ['account'], inverse: 'branches' },
  orders_count: { type: 'rollup', relation: 'orders', aggregate: 'count' },
  open_count: { type: 'rollup', relation: 'orders', aggregate: 'count', filter: "status eq 'open'" },
  own_count: { type: 'rollup', relation: 'orders', aggregate: 'count', filter: 'owner_id eq me()' },
  due_count: { type: 'rollup', relation: 'orders', aggregate: 'count', filter: 'due le today() and not is_large' },
  won_total: { type: 'rollup', relation: 'orders', aggregate: 'sum', field: 'amount', filter: "status eq 'won'" },
  least: { type: 'rollup', relation: 'orders', aggregate: 'min', field: 'amount' },
  mean_amount: { type: 'rollup', relation: 'orders', aggregate: 'average', field: 'amount' },
  units: { type: 'rollup', relation: 'orders', aggregate: 'sum', field: 'quantity' },
  mean_units: { type: 'rollup', relation: 'orders', aggregate: 'average', field: 'quantity' },
  statuses: { type: 'rollup', relation: 'orders', aggregate: 'count_distinct', field: 'status' },
  last_due: { type: 'rollup', relation: 'orders', aggregate: 'max', field: 'due' },
  first_title: { type: 'rollup', relation: 'orders', aggregate: 'min', field: 'title' },
  lines_total: { type: 'rollup', relation: 'orders', aggregate: 'sum', field: 'line_total' },
  branch_seats: { type: 'rollup', relation: 'branches', aggregate: 'sum', field: 'seats' },
  // Reads rollups that stand above, a formula that stands below, and money of its own in any currency.
  won_share: { type: 'formula', result: 'decimal', expression: 'won_total div budget_base', scale: 2 },
  remaining: { type: 'formula', result: 'money', expression: 'budget sub won_total' },
  double_remaining: { type: 'formula', result: 'money', expression: 'remaining mul 2' },
  has_open: { type: 'formula', result: 'boolean', expression: 'open_count gt 0' },
};

const ORDER_FIELDS = {
  title: { type: 'text', required: true },
  account: { type: 'lookup', targets: ['account'], inverse: 'orders', on_delete: 'set_null' },
  status: {
    type: 'choice',
    values: {
      open: { label: label('Open'), order: 1 },
      won: { label: label('Won'), order: 2 },
      lost: { label: label('Lost'), order: 3 },
    },
  },
  amount: { type: 'money' },
  probability: { type: 'integer', min: 0, max: 100 },
  quantity: { type: 'integer' },
  price: { type: 'decimal' },
  due: { type: 'date' },
  secret: { type: 'decimal', secured: true },
  // In front of what it reads.
  line_twice: { type: 'formula', result: 'decimal', expression: 'line_total add line_total' },
  line_total: { type: 'formula', result: 'decimal', expression: 'quantity mul price', scale: 2 },
  weighted: { type: 'formula', result: 'money', expression: 'amount mul probability div 100', scale: 2 },
  unit_price: { type: 'formula', result: 'decimal', expression: 'price div quantity', precision: 10, scale: 3 },
  heading: { type: 'formula', result: 'text', expression: "concat(title,concat(' / ',status))", max_length: 12 },
  is_large: { type: 'formula', result: 'boolean', expression: 'line_total gt 100' },
  half: { type: 'formula', result: 'integer', expression: 'quantity div 2' },
  due_copy: { type: 'formula', result: 'date', expression: 'due' },
  touched: { type: 'formula', result: 'datetime', expression: 'modified_on' },
  overdue: { type: 'formula', result: 'boolean', expression: 'due lt today()' },
  masked: { type: 'formula', result: 'decimal', expression: 'secret add 1' },
};

export function entityDocument(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): SourceDocument {
  const body = {
    name,
    set: `${name}s`,
    label: label(name),
    plural_label: label(`${name}s`),
    ownership: 'user',
    title: Object.keys(fields)[0],
    fields,
    ...more,
  };
  return { kind: 'entity', name, layer: 'base', source: `${name}.json`, body };
}

export function roleDocument(name: string, privileges: unknown, more: object = {}): SourceDocument {
  return {
    kind: 'role',
    name,
    layer: 'base',
    source: `${name}.json`,
    body: { name, label: label(name), privileges, ...more },
  };
}

export const ACCOUNT = entityDocument('account', ACCOUNT_FIELDS);
export const ORDER = entityDocument('order', ORDER_FIELDS, {
  rules: {
    large_orders_are_due: {
      invalid_when: 'line_twice gt 2000 and due eq null',
      error: { en: 'A large order needs a due date' },
    },
  },
});

const ROLES = [
  roleDocument('keeper', { '*': { '*': 'organization' } }, { fields: { order: { masked: ['read'] } } }),
  roleDocument('seller', { account: { read: 'organization' }, order: { '*': 'user' }, user: { read: 'organization' } }),
  roleDocument('small_orders', {
    account: { read: 'organization' },
    order: { read: { depth: 'organization', when: 'not is_large' } },
  }),
  roleDocument('outsider', { account: { '*': 'organization' } }),
];

export async function shippedDocuments(): Promise<readonly SourceDocument[]> {
  return readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
}

/** A CRM with accounts and orders. */
export async function startComputed(more: readonly SourceDocument[] = []): Promise<Crm> {
  return startCrm({ documents: [...(await shippedDocuments()), ACCOUNT, ORDER, ...ROLES, ...more] });
}
