// The authorize step of everything below /metadata: documents, change sets, revisions, packages. One capability opens all of it;
// what a publish must not give away is judged besides, over the documents themselves (metadata-api/escalation.ts).
import type { RequestEnvironment } from '../pipeline.ts';
import { requireCapability } from './authorize.ts';

declare const authorized: unique symbol;

/** A request for a route below /metadata that passed authorization. Only this module makes one, and only this type is handled. */
export interface MetadataRequest extends RequestEnvironment {
  /** What stands in the path in place of `{name}` and the like, decoded. */
  readonly named: Readonly<Record<string, string>>;
  readonly [authorized]: true;
}

/** Capability that reading, planning and publishing documents takes. */
export const PUBLISH_METADATA = 'publish_metadata';

/** Throws missing_capability. */
export function authorizeMetadata(env: RequestEnvironment, named: Readonly<Record<string, string>>): MetadataRequest {
  requireCapability(env.principal, PUBLISH_METADATA);
  return { ...env, named } as MetadataRequest;
}
