// Public face of the client. What a program imports from `@kartoteka/sdk` is here, and nothing else of the package.

export type { Auth } from './auth.ts';
export { type BatchOptions, BatchResult, type Handle } from './batch.ts';
export type { BulkOptions, BulkResult } from './bulk.ts';
export { createClient } from './client.ts';
export type { Batch, Client } from './client-types.ts';
export type { DeltaPage, Removed } from './delta.ts';
export * from './errors.ts';
export * from './exact.ts';
export type { Fields } from './field-types.ts';
export { allOf, anyOf, Condition, me, myBusinessUnit, myTeams, now, type Order, odata, today } from './filter.ts';
export { ExactNumber, jsonText, readJson } from './json.ts';
export { quote } from './literal.ts';
export type { Page, Query } from './query.ts';
export type { Expand, Key, Row, Select, Versioned } from './query-types.ts';
export type { RecordSet, RelatedSet } from './record-set-types.ts';
export type { RetryPolicy } from './retry.ts';
export type * from './schema.ts';
export { type Answer, type CallOptions, type ClientOptions, Transport, type WriteOptions } from './transport.ts';
export {
  verifyWebhook,
  type WebhookEvent,
  type WebhookMessage,
  type WebhookRefusal,
  WebhookVerificationError,
} from './webhook.ts';
