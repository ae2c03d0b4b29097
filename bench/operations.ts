// The measured operations as HTTP requests, once in the baseline's own URLs and once in the service's OData.
// Both ask for the same rows and send the same bodies; only address and spelling differ.
import {
  COMPANIES_PER_OWNER,
  COUNTS,
  companyNumber,
  DEALS_PER_OWNER,
  dealNumber,
  idOf,
  OPEN_STAGES,
  STAGES,
} from './dataset.ts';
import { HOOK_RECORDS, type HookOperation, isHookOperation, nextHookRequest } from './hook-operations.ts';

export const OPERATIONS = [
  ...(['read', 'list', 'list_expand_count', 'create', 'update'] as const),
  ...(['batch100', 'batch100_atomic', 'bulk10000'] as const),
] as const;
export type OperationName = (typeof OPERATIONS)[number];
/** What a load can be made of; those of the set `hooks` are the service's alone. */
export type Loaded = OperationName | HookOperation;
export type Target = 'baseline' | 'service';

/** Operations that change data: the rows are put back after each of their rounds. */
export const WRITES: ReadonlySet<OperationName> = new Set<OperationName>([
  ...(['create', 'update', 'batch100', 'batch100_atomic', 'bulk10000'] as const),
]);

const BATCH = 100;

/** Records that one request of an operation writes; of the others one request counts as one. */
export const RECORDS: Readonly<Partial<Record<Loaded, number>>> = {
  ...HOOK_RECORDS,
  batch100: BATCH,
  batch100_atomic: BATCH,
  bulk10000: COUNTS.bulk,
};

export interface BenchRequest {
  /** Number of the user who asks, 1-based. */
  readonly user: number;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body: string;
  /** The only status that is not an error. */
  readonly status: number;
}

/** Integers from 0 below `bound`. */
export type Random = (bound: number) => number;

const PATHS = {
  baseline: {
    deal: (id: string) => `/deals/${id}`,
    deals: '/deals',
    batch: (atomic: boolean) => (atomic ? '/deals/batch?atomic=true' : '/deals/batch'),
    bulk: '/deals/bulk',
    list: (stage: string) => `/deals?stage=${stage}`,
    expanded: (stage: string) => `/deals?stage=${stage}&expand=company`,
  },
  service: {
    deal: (id: string) => `/api/v1/deals(${id})`,
    deals: '/api/v1/deals',
    batch: () => '/api/v1/$batch',
    bulk: '/api/v1/deals/bulk',
    list: (stage: string) => `/api/v1/deals?$filter=stage%20eq%20'${stage}'&$orderby=close_date&$top=50`,
    expanded: (stage: string) =>
      `/api/v1/deals?$filter=stage%20eq%20'${stage}'&$orderby=close_date&$top=50&$count=true` +
      '&$expand=company($select=id,name,industry,physical_address_city)',
  },
};

function openDeal(owner: number, random: Random): string {
  const index = random(DEALS_PER_OWNER);
  const stage = index % STAGES.length;
  return idOf('deal', dealNumber(owner, stage < OPEN_STAGES ? index : index - OPEN_STAGES));
}

function newDeal(owner: number, random: Random): string {
  return JSON.stringify({
    name: `Bench deal ${random(1_000_000)}`,
    company_id: idOf('company', companyNumber(owner, random(COMPANIES_PER_OWNER))),
    stage: STAGES[random(OPEN_STAGES)],
    amount: random(1_000_000) / 100,
    probability: random(101),
    close_date: `2026-${String(1 + random(12)).padStart(2, '0')}-${String(1 + random(28)).padStart(2, '0')}`,
  });
}

const newDeals = (count: number, owner: number, random: Random): string[] =>
  Array.from({ length: count }, () => newDeal(owner, random));

/** A JSON batch of creates; the baseline is told of the deals alone. */
function batchOf(target: Target, deals: readonly string[], atomic: boolean): string {
  if (target === 'baseline') return `{"records":[${deals.join(',')}]}`;
  const group = atomic ? ',"atomicityGroup":"g"' : '';
  const parts = deals.map((deal, at) => `{"id":"${at}","method":"POST","url":"deals"${group},"body":${deal}}`);
  return `{"requests":[${parts.join(',')}]}`;
}

/** The next request of an operation, drawn from the generator. */
export function nextRequest(target: Target, operation: Loaded, users: number, random: Random): BenchRequest {
  if (isHookOperation(operation)) return nextHookRequest(operation, users, random);
  const paths = PATHS[target];
  const user = 1 + random(users);
  const stage = STAGES[random(STAGES.length)] ?? STAGES[0];
  switch (operation) {
    case 'read': {
      const id = idOf('deal', dealNumber(user, random(DEALS_PER_OWNER)));
      return { user, method: 'GET', path: paths.deal(id), body: '', status: 200 };
    }
    case 'list':
      return { user, method: 'GET', path: paths.list(stage), body: '', status: 200 };
    case 'list_expand_count':
      return { user, method: 'GET', path: paths.expanded(stage), body: '', status: 200 };
    case 'create':
      return { user, method: 'POST', path: paths.deals, body: newDeal(user, random), status: 201 };
    case 'update': {
      const body = JSON.stringify({ probability: random(101) });
      return { user, method: 'PATCH', path: paths.deal(openDeal(user, random)), body, status: 204 };
    }
    case 'batch100':
    case 'batch100_atomic': {
      const atomic = operation === 'batch100_atomic';
      const body = batchOf(target, newDeals(BATCH, user, random), atomic);
      return { user, method: 'POST', path: paths.batch(atomic), body, status: 200 };
    }
    case 'bulk10000': {
      const body = `{"records":[${newDeals(COUNTS.bulk, user, random).join(',')}]}`;
      return { user, method: 'POST', path: paths.bulk, body, status: 200 };
    }
  }
}
