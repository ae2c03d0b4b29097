// Companies and deals as a local copy has them, and changes that go back.
import {
  type Client,
  DeltaExpiredError,
  type DeltaPage,
  NotFoundError,
  PreconditionFailedError,
  type Row,
} from '@kartoteka/sdk';
import type { Kept, LocalCopy } from './copy.ts';
import type { DealUpdate, Operations, Schema } from './crm.ts';

export type Crm = Client<Schema, Operations>;

const COMPANY = ['id', 'name', 'industry', 'headcount'] as const;
const DEAL = ['id', 'name', 'stage', 'amount', 'amount_currency', 'close_date', 'next_step', 'company_id'] as const;

export type CopiedCompany = Row<Schema, 'companies', typeof COMPANY>;
export type CopiedDeal = Row<Schema, 'deals', typeof DEAL>;

/** Brings the copy up to date. Goes on from where an earlier run ended, however it ended. */
export async function synchronise(crm: Crm, copy: LocalCopy, signal?: AbortSignal): Promise<void> {
  const options = { pageSize: 100, signal } as const;
  await follow(copy, 'companies', (state) => crm.companies.delta({ ...options, select: COMPANY }, state));
  await follow(copy, 'deals', (state) => crm.deals.delta({ ...options, select: DEAL }, state));
}

async function follow(
  copy: LocalCopy,
  set: string,
  pages: (state: string | undefined) => AsyncIterable<DeltaPage<Kept>>,
): Promise<void> {
  try {
    for await (const page of pages(copy.state(set))) await copy.keep(set, page);
  } catch (error) {
    if (!(error instanceof DeltaExpiredError)) throw error;
    await copy.forget(set);
    for await (const page of pages(undefined)) await copy.keep(set, page);
  }
}

/** How often a change is tried on a deal that others change all the time. */
const TRIES = 5;

/**
 * Changes a deal by what `decide` makes of the copy, if nobody has changed the deal since; else the copy is brought up to date, and it is
 * decided anew. False: there is no such deal, or nothing to change.
 */
export async function pushBack(
  crm: Crm,
  copy: LocalCopy,
  id: string,
  decide: (deal: CopiedDeal) => DealUpdate | undefined,
  signal?: AbortSignal,
): Promise<boolean> {
  for (let left = TRIES; left > 0; left -= 1) {
    const deal = copy.records('deals').get(id) as CopiedDeal | undefined;
    const changes = deal === undefined ? undefined : decide(deal);
    if (deal === undefined || changes === undefined) return false;
    try {
      await crm.deals.update(id, changes, { ifMatch: deal, signal });
      await synchronise(crm, copy, signal);
      return true;
    } catch (error) {
      if (!(error instanceof PreconditionFailedError || error instanceof NotFoundError) || left === 1) throw error;
      await synchronise(crm, copy, signal);
    }
  }
  return false;
}
