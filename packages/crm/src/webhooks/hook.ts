// What holds for a webhook when it is saved: an address that may be sent to, an entity that there is, and an owner who says
// himself what is sent with his rights and where. Keeps the state beside the record.
import { type Hook, type HookContext, type PendingWrite, PlatformError, type WrittenRecord } from '@kartoteka/platform';
import { refusalOfTarget } from './network.ts';
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
      const owners = await ownersOf(context, records);
      for (const record of records) {
        const error =
          refusalOfOwner(context, record, owners.get(record.id)) ?? (await refusalOf(context, record, options));
        if (error !== null) context.refuse(record, error);
      }
    },
    after: async (context, records) => {
      for (const record of records) await keepState(context, record);
    },
  };
}

/** Owners of records that are there already. */
async function ownersOf(
  { model, operation, tx }: HookContext,
  records: readonly PendingWrite[],
): Promise<ReadonlyMap<string, string>> {
  const entity = model.entities.get(ENTITY);
  if (operation === 'create' || entity === undefined) return new Map();
  const rows = await tx.run(
    `select id::text as id, owner_id::text as owner from data."${entity.table}" where id in (select json_array_elements_text($1::json)::uuid)`,
    [JSON.stringify(records.map(({ id }) => id))],
  );
  return new Map(rows.map(({ id, owner }) => [String(id), String(owner)]));
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
  if (next === principal.id && principal.callerId === undefined) return null;
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
): Promise<PlatformError | null> {
  if (typeof values.entity === 'string' && !model.entities.has(values.entity))
    return invalid('entity', 'there is no such entity');
  if (typeof values.url !== 'string') return null;
  const refusal = await refusalOfTarget(withScheme(values.url), networks);
  return refusal === null ? null : invalid('url', refusal);
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
