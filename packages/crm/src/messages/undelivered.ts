// What becomes of a message that no server takes: its event says so, and who sent it finds it in his inbox. A message that goes through
// after all, because somebody has it tried again, is as if nothing had been.
import type { Model } from '@kartoteka/metadata';
import { type Engine, type Platform, PlatformError, systemPrincipal } from '@kartoteka/platform';
import { type Language, languageOf } from '../mail/words.ts';
import { notify } from '../notifications/notify.ts';

const FAILED = 'failed';

const WORDS: Readonly<Record<Language, string>> = { en: 'Not delivered', ru: 'Не доставлено' };

interface MessageEvent {
  readonly id: string;
  readonly subject: string | null;
  readonly address: string | null;
  readonly created_by_id: string;
  readonly regarding_id: string;
  readonly regarding_type: string;
}

/** `reason`: what the server said. An event that is gone has nobody to be told. */
export function markUndelivered(platform: Platform, eventId: string, reason: string): Promise<void> {
  return forgiving(() =>
    platform.transaction(systemPrincipal(), async ({ system, model }) => {
      const event = await eventWith(system, `id eq ${eventId} and (outcome eq null or outcome ne '${FAILED}')`);
      if (event === null) return;
      await system.update('events', eventId, { outcome: FAILED });
      const { value } = await system.get(`/users?$filter=id eq ${event.created_by_id}&$select=language`);
      const words = WORDS[languageOf(value[0]?.language, model.organization.locale)];
      await notify(system, [
        {
          ...{ key: `undelivered ${eventId}`, recipientId: event.created_by_id, kind: 'message' },
          subject: `${words}: ${event.subject ?? ''}`,
          text: [event.address, reason].filter((part) => part !== null).join('\n'),
          regarding: canRegard(model, event) ? { id: event.regarding_id, type: event.regarding_type } : null,
        },
      ]);
    }),
  );
}

/** Layers give histories to entities that inboxes lead to only where the layer says that as well. */
function canRegard(model: Model, { regarding_type }: MessageEvent): boolean {
  const targets = model.entities.get('notification')?.fields.get('regarding')?.document.targets;
  return Array.isArray(targets) && targets.includes(regarding_type);
}

/** The message was taken: an earlier failure counts no more. */
export function markSent(platform: Platform, eventId: string): Promise<void> {
  return forgiving(async () => {
    const system = platform.engineFor(systemPrincipal());
    const event = await eventWith(system, `id eq ${eventId} and outcome eq '${FAILED}'`);
    if (event !== null) await system.update('events', eventId, { outcome: null });
  });
}

async function eventWith(system: Engine, filter: string): Promise<MessageEvent | null> {
  const query = '$select=id,subject,address,created_by_id,regarding_id,regarding_type';
  return (await system.get(`/events?${query}&$filter=${encodeURIComponent(filter)}`)).value[0] ?? null;
}

/** An administrator's documents may want no such outcome: the mail is what it is all the same. */
async function forgiving(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.status >= 500) throw error;
  }
}
