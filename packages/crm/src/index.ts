// The behaviours of a CRM that documents cannot express, as an extension of the platform. Each area adds its own parts here.
import type { Extension, Hook, JobDefinition, OperationDefinition, Shape } from '@kartoteka/platform';
import { agendaOperation, agendaShapes } from './activities/agenda.ts';
import { completeOperation, completeShapes } from './activities/complete.ts';
import { participantHook, participantJobs } from './activities/participant-shares.ts';
import { recurrenceHook, recurrenceJobs } from './activities/recurrence-hook.ts';
import { reminderHook, reminderJobs } from './activities/reminders.ts';
import { callShapes, findCallersOperation, logCallOperation } from './calls/log-call.ts';
import { dealStageHook } from './deal-stage.ts';
import { eventTimeHook } from './event-time.ts';
import { campaignFiguresOperation, campaignShapes } from './figures/campaign-figures.ts';
import { forecastOperation, forecastShapes } from './figures/forecast.ts';
import { funnelOperation, funnelShapes } from './figures/funnel.ts';
import { automaticEventHooks } from './history/automatic.ts';
import { conversionJob } from './leads/conversion-log.ts';
import { conversionOperations, conversionShapes } from './leads/conversion-operations.ts';
import { submissionHook, submissionJobs } from './leads/submission-jobs.ts';
import { webFormHook } from './leads/web-form-hook.ts';
import { mergedOptOut } from './messages/letters.ts';
import { templateHook } from './messages/template-hook.ts';
import { markAllReadOperation, markAllReadShapes } from './notifications/mark-all-read.ts';
import { notificationPurgeJob } from './notifications/purge.ts';
import { changeMySettingsOperation, ownSettingsShapes } from './users/own-settings.ts';

/** In the order in which they run. */
const hooks: readonly Hook[] = [
  dealStageHook,
  eventTimeHook,
  webFormHook,
  submissionHook,
  reminderHook,
  recurrenceHook,
  participantHook,
  templateHook,
];
const operations: readonly OperationDefinition[] = [
  funnelOperation,
  campaignFiguresOperation,
  forecastOperation,
  agendaOperation,
  completeOperation,
  findCallersOperation,
  logCallOperation,
  markAllReadOperation,
  changeMySettingsOperation,
  ...conversionOperations,
];
const shapes: Readonly<Record<string, Shape>> = {
  ...funnelShapes,
  ...campaignShapes,
  ...forecastShapes,
  ...agendaShapes,
  ...completeShapes,
  ...callShapes,
  ...markAllReadShapes,
  ...ownSettingsShapes,
  ...conversionShapes,
};
const jobs: readonly JobDefinition[] = [
  ...submissionJobs,
  conversionJob,
  notificationPurgeJob,
  ...reminderJobs,
  ...recurrenceJobs,
  ...participantJobs,
];

export const crmExtension: Extension = {
  name: 'crm',
  hooks,
  modelHooks: [automaticEventHooks],
  mergedValues: mergedOptOut,
  operations,
  shapes,
  jobs,
};

export { calendarFeed } from './calendar/feed.ts';
export { REPLIES, type Reply } from './invitations/reply.ts';
export { type InvitationView, invitationView, replyByLink } from './invitations/reply-by-link.ts';
export { takePost, type WebFormPost } from './leads/take-post.ts';
export { MARKS, type WebForm, webForm } from './leads/web-form.ts';
export { type MailOptions, mailExtension, parseMailAddress, smtpProblem } from './mail/index.ts';
export { isUnsubscribed, unsubscribe } from './messages/unsubscribe.ts';
export { checkNetwork, type WebhookOptions, webhookExtension } from './webhooks/index.ts';
