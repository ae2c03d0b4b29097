// What holds for a webhook when it is saved: an address that may be sent to, an entity that there is, and an owner who says
// himself what is sent with his rights and where. Keeps the state beside the record.
import { type Hook, type HookContext, type PendingWrite, PlatformError, type WrittenRecord } from '@kartoteka/platform';
import { refusalOfTarget, refusalOfUrl } from './network.ts';
import { newSecret } from './signature.ts';
import { addState, changeState } from './store.ts';
import type { WebhookOptions } from './types.ts';

const ENTITY = 'webhook';
const OPERATIONS = ['create', 'update', 'delete', 'restore'] as const;
/** What is sent, where, and with whose rights. */
const OWNERS_OWN = ['url', 'filter', 'properties', 'operations', 'owner_id'];

export function webhookHook(options: WebhookOptions): Hook {
  return {
    entity: ENTITY,
    operations: OPERATIONS,
    before: async (context, records) => {
      if (context.operation === 'delete' || context.operation === 'restore') return;
      const stored = await storedOf(context, records);
      for (const record of records) {
        const known = stored.get(record.id);
        const error =
          refusalOfOwner(context, record, known?.owner) ??
          (await refusalOf(context, record, options, known?.url)) ??
          (await refusalOfQuery(context, record, known?.entity));
        if (error !== null) context.refuse(record, error);
      }
    },
    after: async (context, records) => {
      for (const record of records) await keepState(context, record);
    },
  };
}

interface Stored {
  readonly owner: string;
  readonly entity: string;
  readonly url: string;
}

/** What records that are there already say. */
async function storedOf(
  { model, operation, tx }: HookContext,
  records: readonly PendingWrite[],
): Promise<ReadonlyMap<string, Stored>> {
  const entity = model.entities.get(ENTITY);
  const [column, url] = ['entity', 'url'].map((name) => entity?.properties.get(name)?.column);
  if (operation === 'create' || entity === undefined || column === undefined || url === undefined) return new Map();
  const rows = await tx.run(
    `select id::text as id, owner_id::text as owner, "${column}" as entity, "${url}" as url from data."${entity.table}"
      where id in (select json_array_elements_text($1::json)::uuid)`,
    [JSON.stringify(records.map(({ id }) => id))],
  );
  return new Map(
    rows.map((row) => [String(row.id), { owner: String(row.owner), entity: String(row.entity), url: String(row.url) }]),
  );
}

/**
 * What somebody could make another's webhook send to himself he would read with the other's rights. So one that goes to another
 * owner, or whose address or contents another has written, is off until its owner, in person, turns it on.
 */
function refusalOfOwner(
  { principal, operation }: HookContext,
  { values }: PendingWrite,
  owner: string | undefined,
): PlatformError | null {
  if (principal.kind === 'system') return null;
  const next = values.owner_id ?? owner ?? principal.id;
  // Who takes it over has not said where it leads.
  const isGiven = operation === 'update' && next !== owner;
  if (next === principal.id && principal.callerId === undefined) {
    if (isGiven) values.status ??= 'off';
    return null;
  }
  if (values.status === 'active') {
    const reason = 'A webhook sends with the rights of its owner, so only he turns it on';
    return new PlatformError('rule_violated', { reason }, { target: 'status' });
  }
  const isTouched = operation === 'create' || OWNERS_OWN.some((name) => Object.hasOwn(values, name));
  if (isTouched && values.status === undefined) values.status = 'off';
  return null;
}

async function refusalOf(
  { model }: HookContext,
  { values }: PendingWrite,
  { networks }: WebhookOptions,
  stored: string | undefined,
): Promise<PlatformError | null> {
  if (typeof values.entity === 'string' && !model.entities.has(values.entity))
    return invalid('entity', 'there is no such entity');
  const url = values.url ?? (values.status === 'active' ? stored : undefined);
  if (typeof url !== 'string') return null;
  // Where one that is off leads is asked when it is turned on: until then its name need not be known.
  const refusal =
    values.status === 'off'
      ? refusalOfUrl(withScheme(url), networks)
      : await refusalOfTarget(withScheme(url), networks);
  return refusal === null ? null : invalid('url', refusal);
}

/** Filter and properties are tried as a list of no records, as who writes them. */
async function refusalOfQuery(
  { model, engines }: HookContext,
  { values }: PendingWrite,
  stored: string | undefined,
): Promise<PlatformError | null> {
  const set = model.entities.get(String(values.entity ?? stored))?.set;
  const tries = { filter: '$filter', properties: '$select' };
  for (const [name, option] of Object.entries(tries)) {
    const text = values[name];
    if (set === undefined || typeof text !== 'string' || text.trim() === '') continue;
    try {
      await engines().engine.get(`/${set}?$top=0&${option}=${encodeURIComponent(text)}`);
    } catch (error) {
      if (!(error instanceof PlatformError) || error.status >= 500) throw error;
      return invalid(name, error.message);
    }
  }
  return null;
}

/** As the field type reads it: without a scheme it is https. */
function withScheme(url: string): string {
  const text = url.trim();
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
}

function invalid(name: string, reason: string): PlatformError {
  return new PlatformError('invalid_value', { name, reason }, { target: name });
}

/** The state follows the record in its transaction. */
async function keepState({ tx, operation }: HookContext, { id, before, after }: WrittenRecord): Promise<void> {
  const status = after?.status;
  const operations = Array.isArray(after?.operations) ? (after.operations as readonly string[]) : null;
  if (operation === 'create') {
    const subscription = {
      id,
      entity: String(after?.entity),
      operations: operations ?? [],
      isActive: status === 'active',
    };
    return addState(tx, subscription, newSecret());
  }
  if (operation === 'delete') return changeState(tx, id, { operations: null, isActive: false, isAnew: false });
  if (status === undefined && operations === null) return;
  const isActive = status === undefined ? null : status === 'active';
  // What happened while it was paused is told when it goes on; what happened while it was off is not.
  const isAnew = isActive === true && (operation === 'restore' || before?.status === 'off');
  return changeState(tx, id, { operations, isActive, isAnew });
}
