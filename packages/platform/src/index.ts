export { is, listOf } from './describe/members.ts';
export type { Member, Shape } from './describe/types.ts';
export type { Candidate } from './duplicates/find.ts';
export { duplicateHandling } from './duplicates/header.ts';
export { readableCandidates } from './duplicates/operations.ts';
export * from './errors.ts';
export { CHOSEN, type Choice, type ChosenPart, chosenRecords, MOST_CHOSEN } from './extensions/chosen-records.ts';
export type * from './extensions/types.ts';
export * from './hooks.ts';
export { JOB_CONNECTIONS } from './jobs/boss.ts';
export { type EnqueueOptions, enqueue, enqueueMany, type NewJob } from './jobs/enqueue.ts';
export { PermanentFailure } from './jobs/running-job.ts';
export type * from './jobs/types.ts';
export { activeMapping, evaluationContext, type MappedValues, mappedValues } from './mappings/mapped-values.ts';
export { moveReferences } from './merge/references.ts';
export type { MovedReference } from './merge/types.ts';
export type { Json, JsonObject, OpenApiParts, Paths } from './openapi/types.ts';
export { mayUse } from './plan/secured.ts';
export { createPlatform, type PlatformOptions } from './platform.ts';
export type * from './platform-types.ts';
export { type PendingStep, pendingSteps, runAfterSteps } from './publish/after-steps.ts';
export { type BootstrapOptions, type BootstrapResult, bootstrap } from './publish/bootstrap.ts';
export { compareCatalogue } from './publish/catalogue.ts';
export { FAULT_POINTS, type FaultPoint } from './publish/fault.ts';
export { DocumentFileError, readDocumentFolder } from './publish/files.ts';
export { loadModel } from './publish/load.ts';
export { type DocumentChange, nextDocuments, planPublish } from './publish/plan.ts';
export { planReport } from './publish/plan-report/report.ts';
export { planLines } from './publish/plan-report/text.ts';
export type * from './publish/plan-report/types.ts';
export { type PublishInput, type PublishResult, publish } from './publish/publish.ts';
export { readStored } from './publish/read-stored.ts';
export { countPurge, type PurgeReport, purge } from './purge/purge.ts';
export { startPurging } from './purge/schedule.ts';
export { ACT_AS } from './security/acting.ts';
export { requireHoldsAll } from './security/escalation.ts';
export { systemPrincipal } from './security/principals.ts';
export type * from './security/types.ts';
export { isSecurityEventKind, SECURITY_EVENT_KINDS, type SecurityEventKind } from './security-log/kinds.ts';
export { LimitedEvents } from './security-log/limited.ts';
export {
  actorOf,
  type Origin,
  originOf,
  RECORD_EVENTS,
  type RequestSource,
  recordSecurityEvent,
  type SecurityEvent,
  securityEventRows,
} from './security-log/record.ts';
export { recordRefusal } from './security-log/refusals.ts';
export { dateIn } from './sql/bind.ts';
export { connectDatabase, type DatabaseOptions, StartupError } from './storage/database.ts';
export { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './storage/embedded.ts';
export { migrate } from './storage/migrate.ts';
export { createPrismaClient, type Prisma, type PrismaClient, type PrismaOptions } from './storage/prisma.ts';
export type * from './storage/types.ts';
export { isDatabaseUnavailable } from './storage/unavailable.ts';
