// Webhooks: subscriptions of other systems to changes of records, as an extension of the platform.
import type { Extension } from '@kartoteka/platform';
import { webhookHook } from './hook.ts';
import { webhookJobs } from './jobs.ts';
import { webhookOperations, webhookShapes } from './operations.ts';
import { WEBHOOK_DEFAULTS, type WebhookOptions } from './types.ts';

export { checkNetwork } from './network.ts';
export type { WebhookOptions } from './types.ts';

export function webhookExtension(given: Partial<WebhookOptions> = {}): Extension {
  const options = { ...WEBHOOK_DEFAULTS, ...given };
  const operations = webhookOperations(options);
  return {
    ...{ name: 'webhooks', hooks: [webhookHook(options)], jobs: webhookJobs(options) },
    ...{ operations, shapes: webhookShapes },
  };
}
