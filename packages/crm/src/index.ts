// The behaviours of a CRM that documents cannot express, as an extension of the platform. Each area adds its own parts here.
import type { Extension, Hook, JobDefinition, OperationDefinition, Shape } from '@kartoteka/platform';
import { dealStageHook } from './deal-stage.ts';
import { eventTimeHook } from './event-time.ts';
import { funnelOperation, funnelShapes } from './figures/funnel.ts';
import { submissionHook, submissionJobs } from './leads/submission-jobs.ts';
import { webFormHook } from './leads/web-form-hook.ts';

/** In the order in which they run. */
const hooks: readonly Hook[] = [dealStageHook, eventTimeHook, webFormHook, submissionHook];
const operations: readonly OperationDefinition[] = [funnelOperation];
const shapes: Readonly<Record<string, Shape>> = funnelShapes;
const jobs: readonly JobDefinition[] = [...submissionJobs];

export const crmExtension: Extension = { name: 'crm', hooks, operations, shapes, jobs };

export { takePost, type WebFormPost } from './leads/take-post.ts';
export { MARKS, type WebForm, webForm } from './leads/web-form.ts';
export { checkNetwork, type WebhookOptions, webhookExtension } from './webhooks/index.ts';
