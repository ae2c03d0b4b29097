// What a deal's stage brings with it: its probability, and the day on which the deal was closed. What the client says
// itself always stands. It must not look at anything but the deal.
import type { Choice, Model } from '@kartoteka/metadata';
import { dateIn, type Hook, type HookContext, type PendingWrite } from '@kartoteka/platform';

type Stage = Choice['values'] extends ReadonlyMap<string, infer Value> ? Value : never;

/**
 * When `stage` is written: `probability` becomes the stage's unless given; `actual_close_date` becomes today in the
 * organization's time zone when the deal enters a won or lost stage without one, and empty when it is open again.
 */
export const dealStageHook: Hook = {
  entity: 'deal',
  operations: ['create', 'update'],
  needsTransaction: (model, operation, records) =>
    operation === 'update' && records.some((record) => closesWithoutDate(model, record)),
  before: async (context, records) => {
    const closing: PendingWrite[] = [];
    for (const record of records) {
      const stage = writtenStage(context.model, record);
      if (stage === undefined) continue;
      if (stage.probability !== undefined) fill(context.model, record, 'probability', stage.probability);
      if (stage.category === 'open') fill(context.model, record, 'actual_close_date', null);
      else if (closesWithoutDate(context.model, record)) closing.push(record);
    }
    if (closing.length === 0) return;
    const dated = context.operation === 'update' ? await alreadyDated(context, closing) : new Set<string>();
    const today = dateIn(context.model.organization.timeZone, new Date());
    for (const record of closing) if (!dated.has(record.id)) record.values.actual_close_date = today;
  },
};

/** The choice value of `stage` if the payload has a known one. */
function writtenStage(model: Model, record: PendingWrite): Stage | undefined {
  const value = record.values.stage;
  if (typeof value !== 'string') return undefined;
  const choice: unknown = model.entities.get('deal')?.fields.get('stage')?.document.choice;
  return typeof choice === 'string' ? model.choices.get(choice)?.values.get(value) : undefined;
}

function closesWithoutDate(model: Model, record: PendingWrite): boolean {
  const category = writtenStage(model, record)?.category;
  if (category !== 'won' && category !== 'lost') return false;
  return hasProperty(model, 'actual_close_date') && !Object.hasOwn(record.values, 'actual_close_date');
}

function fill(model: Model, record: PendingWrite, property: string, value: unknown): void {
  if (hasProperty(model, property) && !Object.hasOwn(record.values, property)) record.values[property] = value;
}

/** Documents may leave the fields out. */
function hasProperty(model: Model, property: string): boolean {
  return model.entities.get('deal')?.properties.has(property) === true;
}

/** Ids of the deals that have a day of closing already and keep it. */
async function alreadyDated(context: HookContext, records: readonly PendingWrite[]): Promise<ReadonlySet<string>> {
  const deal = context.model.entities.get('deal');
  const column = deal?.properties.get('actual_close_date')?.column;
  if (records.length === 0 || deal === undefined || column === undefined) return new Set();
  const ids = `{${records.map((record) => record.id).join(',')}}`;
  const rows = await context.tx.run(
    `select id::text as id from data."${deal.table}" where id = any($1::uuid[]) and "${column}" is not null`,
    [ids],
    { prepare: true },
  );
  return new Set(rows.map((row) => String(row.id)));
}
