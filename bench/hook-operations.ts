// The requests of the set `hooks`: creates of contacts and leads, once with all that hangs on them by default, once of entities that have the
// same fields and nothing else.
import { COMPANIES_PER_OWNER, companyNumber, idOf } from './dataset.ts';
import type { BenchRequest, Random } from './operations.ts';

const BULK = 1_000;

/** Sets with their hooks, and their copies without. */
export const COPIES = { contacts: 'x_plain_contacts', leads: 'x_plain_leads' } as const;
type CopiedSet = keyof typeof COPIES;

export const HOOK_OPERATIONS = [
  ...(['contact_plain', 'contact_hooked', 'lead_plain', 'lead_hooked'] as const),
  ...(['contacts1000_plain', 'contacts1000_hooked'] as const),
] as const;
export type HookOperation = (typeof HOOK_OPERATIONS)[number];

export const isHookOperation = (name: string): name is HookOperation =>
  HOOK_OPERATIONS.some((operation) => operation === name);

/** Records of one request. */
export const HOOK_RECORDS = { contacts1000_plain: BULK, contacts1000_hooked: BULK } as const;

const DIGITS = 1_000_000_000;

/** Nobody is taken for anybody else: what a duplicate costs in addition is its answer. */
const person = (random: Random): Readonly<Record<string, unknown>> => {
  const number = random(DIGITS);
  return {
    ...{ first_name: `First ${number % 811}`, last_name: `Made ${number}`, email: `made${number}@example.com` },
    mobile_phone: `+7916${String(random(10_000_000)).padStart(7, '0')}`,
  };
};

const RECORD: { readonly [Set in CopiedSet]: (user: number, random: Random) => Readonly<Record<string, unknown>> } = {
  contacts: (user, random) => ({
    ...person(random),
    company_id: idOf('company', companyNumber(user, random(COMPANIES_PER_OWNER))),
  }),
  leads: (_user, random) => ({ ...person(random), company_name: `Company of ${random(DIGITS)}`, source: 'web' }),
};

/** The next request of an operation, drawn from the generator. */
export function nextHookRequest(operation: HookOperation, users: number, random: Random): BenchRequest {
  const user = 1 + random(users);
  const set: CopiedSet = operation.startsWith('lead') ? 'leads' : 'contacts';
  const path = `/api/v1/${operation.endsWith('plain') ? COPIES[set] : set}`;
  if (!(operation in HOOK_RECORDS))
    return { user, method: 'POST', path, body: JSON.stringify(RECORD[set](user, random)), status: 201 };
  const records = Array.from({ length: BULK }, () => RECORD[set](user, random));
  return { user, method: 'POST', path: `${path}/bulk`, body: JSON.stringify({ mode: 'create', records }), status: 200 };
}
