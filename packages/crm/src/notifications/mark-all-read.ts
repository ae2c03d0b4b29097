// Marks the whole inbox of the caller as read. One entry is marked by a PATCH of `read_on`.
import { is, type OperationContext, type OperationDefinition, type Shape } from '@kartoteka/platform';

const AT_ONCE = 1_000;
/** Of one call. */
const MOST = 10_000;

export const markAllReadShapes: Readonly<Record<string, Shape>> = {
  marked_read: {
    context: true,
    description: 'What was marked as read',
    members: {
      count: is('Edm.Int64', 'Notifications that were marked'),
      remaining: is('Edm.Int64', `Those that are still unread, because one call marks ${MOST} at most`),
    },
  },
};

/** Marks `most` at most, `atOnce` in one request; `remaining` are those that are still unread. */
export async function markAllRead(
  { engine, principal }: Pick<OperationContext, 'engine' | 'principal'>,
  until: string | null,
  most = MOST,
  atOnce = AT_ONCE,
): Promise<{ readonly count: number; readonly remaining: number }> {
  const read_on = new Date().toISOString();
  const upTo = until === null ? '' : ` and created_on le ${until}`;
  const filter = encodeURIComponent(`owner_id eq ${principal.id} and read_on eq null${upTo}`);
  let count = 0;
  for (;;) {
    const page = await engine.get(
      `/notifications?$filter=${filter}&$select=id&$top=${Math.min(atOnce, most - count)}&$count=true`,
    );
    const remaining = Number(page['@odata.count']);
    if (remaining === 0 || count >= most) return { count, remaining };
    const records = page.value.map(({ id }: { readonly id: string }) => ({ id, read_on }));
    await engine.post('/notifications/bulk', { mode: 'update', atomic: true, records });
    count += records.length;
  }
}

export const markAllReadOperation: OperationDefinition = {
  name: 'mark_all_read',
  kind: 'action',
  binding: 'collection',
  entity: ({ name }) => name === 'notification',
  parameters: {
    until: is('Edm.DateTimeOffset', 'Only those made until then: what came later has not been seen', {
      optional: true,
      nullable: true,
    }),
  },
  returns: { shape: 'marked_read' },
  summary: 'Mark the own notifications as read',
  description: 'Marks the unread notifications that the caller owns, whatever else he may write.',
  run: (context, { until = null }) => markAllRead(context, until as string | null),
};
