// The jobs of webhooks: sending, and removing what was sent long ago.
import { type JobContext, type JobDefinition, type Platform, systemPrincipal } from '@kartoteka/platform';
import { deliverAll } from './deliver.ts';
import { purgeDeliveries, stateOf, webhooksWithWork } from './store.ts';
import type { WebhookOptions } from './types.ts';

/** Webhooks that one node serves together: receivers that hang hold up no others, unless there are so many of them. */
const CONCURRENCY = 16;

export function webhookJobs(options: WebhookOptions): readonly JobDefinition[] {
  return [
    {
      name: 'webhook.deliver',
      retry: { limit: 5, delay: 1, backoff: true, max: 60 },
      concurrency: CONCURRENCY,
      timeout: 120,
      key: 'unique',
      watch: webhooksWithWork,
      run: async (context, { data }) => {
        await deliverAll(context, data.key, options);
        await pauseWhereNobodyListens(context, data.key, options);
      },
    },
    {
      name: 'webhook.purge',
      schedule: '17 3 * * *',
      retry: { limit: 3, delay: 60, backoff: true },
      run: ({ database, signal }) => purgeDeliveries(database, () => signal.aborted),
    },
  ];
}

/** Days of failures pause a webhook. Its record says so, and what waits is kept. */
async function pauseWhereNobodyListens(
  { platform, database, log }: JobContext,
  id: string,
  { pauseHours }: WebhookOptions,
): Promise<void> {
  const state = await stateOf(database, id);
  if (state === null || state.failures === 0 || state.failingHours < pauseHours) return;
  const hours = Math.floor(state.failingHours);
  const because = `Nothing was received for ${hours} hours; set the status to active to go on where it stopped`;
  await pause(platform, id, because);
  log.warn({ webhook: id, hours }, 'a webhook was paused: its receiver does not answer');
}

async function pause(platform: Platform, id: string, because: string): Promise<void> {
  const { set } = platform.model().entities.get('webhook') ?? { set: 'webhooks' };
  const request = { method: 'PATCH', path: `/${set}(${id})`, query: '', baseUrl: '', client: 'webhooks' };
  const body = JSON.stringify({ status: 'paused', paused_because: because });
  await platform.handle({ ...request, headers: { 'content-type': 'application/json' }, body }, systemPrincipal());
}
