// The behaviours of a CRM that documents cannot express, as an extension of the platform. Each area adds its own parts here.
import type { Extension, Hook, JobDefinition, OperationDefinition, Shape } from '@kartoteka/platform';
import { dealStageHook } from './deal-stage.ts';
import { eventTimeHook } from './event-time.ts';

/** In the order in which they run. */
const hooks: readonly Hook[] = [dealStageHook, eventTimeHook];
const operations: readonly OperationDefinition[] = [];
const shapes: Readonly<Record<string, Shape>> = {};
const jobs: readonly JobDefinition[] = [];

export const crmExtension: Extension = { name: 'crm', hooks, operations, shapes, jobs };

export { checkNetwork, type WebhookOptions, webhookExtension } from './webhooks/index.ts';
