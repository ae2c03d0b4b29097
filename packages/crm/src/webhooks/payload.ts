// What a receiver is told of a change: the record as it is when it is told, by a read with the rights of the webhook's owner. It
// judges nothing itself: what that read does not answer is not told.
import { type EngineRequest, type Platform, PlatformError, type Principal } from '@kartoteka/platform';
import { type Delivery, wasTold } from './store.ts';
import type { Webhook } from './types.ts';

/** Bytes of a body at most. */
export const MOST_BODY = 262_144;

/** The body to send; null: the owner may not read the record, or it does not match. Throws PlatformError when he cannot ask so. */
export async function bodyOf(
  platform: Platform,
  owner: Principal | null,
  webhook: Webhook,
  delivery: Delivery,
): Promise<string | null> {
  if (owner === null) return null;
  const entity = (owner.model ?? platform.model()).entities.get(webhook.entity);
  if (entity === undefined) return null;
  const isDelete = delivery.operation === 'delete';
  const record = await readOne(platform, owner, `/${entity.set}${isDelete ? '/deleted' : ''}`, webhook, delivery);
  if (record === null && !(isDelete && (await wasTold(platform.database, webhook.id, delivery.recordId)))) return null;
  const { id, operation, changedOn } = delivery;
  // Names of properties that he may not read say something, too.
  const changed = record === null ? [] : delivery.changed.filter((name) => Object.hasOwn(record, name));
  return JSON.stringify({
    ...{ id, type: `${webhook.entity}.${operation}`, webhook_id: webhook.id, entity: webhook.entity, set: entity.set },
    ...{ record_id: delivery.recordId, operation, occurred_on: changedOn, changed, data: record },
  });
}

/** The record, if it matches the webhook's filter. */
async function readOne(
  platform: Platform,
  owner: Principal,
  path: string,
  webhook: Webhook,
  { recordId }: Delivery,
): Promise<Readonly<Record<string, unknown>> | null> {
  const filter = webhook.filter === null ? '' : ` and (${webhook.filter})`;
  const select = webhook.properties === null ? '' : `&$select=${encodeURIComponent(withId(webhook.properties))}`;
  const query = `$filter=${encodeURIComponent(`id eq ${recordId}${filter}`)}${select}`;
  try {
    const { value } = (await readAs(platform, owner, path, query)) as { value: readonly Record<string, unknown>[] };
    return value.find(({ id }) => id === recordId) ?? null;
  } catch (error) {
    // He may read none of them, or, of deleted ones, has no recycle bin to look into.
    if (error instanceof PlatformError && error.code === 'missing_privilege') return null;
    throw error;
  }
}

function withId(properties: string): string {
  return properties.split(',').some((name) => name.trim() === 'id') ? properties : `id,${properties}`;
}

/** A read as over HTTP: through plan and authorize. */
export async function readAs(platform: Platform, principal: Principal, path: string, query: string): Promise<unknown> {
  const request: EngineRequest = {
    ...{ method: 'GET', path, query, headers: { accept: 'application/json;odata.metadata=none' }, body: null },
    ...{ baseUrl: '', client: 'webhooks' },
  };
  const { body } = await platform.handle(request, principal);
  return JSON.parse(body ?? 'null');
}
