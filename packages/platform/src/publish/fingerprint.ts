// The fingerprint of a plan: the same on every node that works the same plan out, another where anything of it differs. It must
// not depend on where a document was read, or on a clock.
import { createHash } from 'node:crypto';
import type { PublishPlan } from './plan.ts';
import type { Stored } from './store.ts';

/** 64 hex digits: the revision that is changed, the documents after it, every statement, and the packages where they change. */
export function planFingerprint(stored: Pick<Stored, 'revision'>, { documents, ddl, packages }: PublishPlan): string {
  const bodies = documents.map(({ layer, kind, name, body }) => [`${layer} ${kind} ${name}`, JSON.stringify(body)]);
  bodies.sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const registry = packages?.map(({ manifest, remains }) => [manifest, remains === null]) ?? [];
  const content = [stored.revision, bodies, ddl.steps.map(({ sql, phase }) => [phase, sql]), registry];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
