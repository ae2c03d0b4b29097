// `POST /deals(ID)/restore`: request -> RestoreRequest -> answer. The restore itself is in write/; here is the protocol.
import type { EntityType } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { authorizeSelect } from './plan/authorize.ts';
import { planSelection } from './plan/read.ts';
import { mostRecords } from './plan/read-plan.ts';
import { limitRecords } from './plan/record-limit.ts';
import type { EngineResponse } from './platform-types.ts';
import { readRecord } from './read.ts';
import { parseFormat, parsePrefer, requireJson } from './request/headers.ts';
import { parseObject } from './request/json-object.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import { header, noContent } from './shape.ts';
import { executeWrite } from './write/execute.ts';

const ANSWER_OPTIONS = new Set<keyof QueryOptions>(['select', 'expand', 'format']);

/** Brings a deleted record back: 204, or 200 with the record on `Prefer: return=representation`. Throws as executeRestore. */
export async function restoreRecord(
  env: RequestEnvironment,
  target: { readonly entity: EntityType; readonly id: string },
): Promise<EngineResponse> {
  const { model, principal, database, hooks, request } = env;
  const { entity, id } = target;
  requireNoValues(env);
  const preferred = parsePrefer(header(request, 'prefer')).return;
  checkAnswer(env, entity);
  const base = { operation: 'restore', entity, id, principal, client: request.client } as const;
  const { version } = await executeWrite({ model, database, hooks, request }, base);
  const applied: Record<string, string> = preferred === null ? {} : { 'preference-applied': `return=${preferred}` };
  if (preferred === 'representation') {
    // It may be gone again, or out of the reader's sight, by now: then the restore is all there is to tell.
    const answer = await readRecord({ model, principal, executor: database, request }, entity, id).catch(
      nullWhenMissing,
    );
    if (answer !== null) {
      const preferences = [applied['preference-applied'], answer.headers['preference-applied']];
      const joined = preferences.filter((each) => each !== undefined).join(', ');
      return { ...answer, headers: { ...answer.headers, 'preference-applied': joined } };
    }
    return noContent(request, { etag: `W/"${version}"` });
  }
  return noContent(request, { ...applied, etag: `W/"${version}"` });
}

/** The action has no parameters: no body, or an empty object. */
function requireNoValues({ request }: RequestEnvironment): void {
  if (request.body === null) return;
  requireJson(header(request, 'content-type'));
  const names = Object.keys(parseObject(request.body));
  if (names.length === 0) return;
  const details = names.map((name) => errorDetail('unknown_property', { name, entity: 'the operation' }, name));
  throw new PlatformError('validation_failed', {}, { details });
}

/** What the answer would show is checked before anything is done. */
function checkAnswer({ request, model, principal }: RequestEnvironment, entity: EntityType): void {
  const options = parseQueryOptions(request.query);
  allowOptions(options, ANSWER_OPTIONS);
  parseFormat(header(request, 'accept'), options.format);
  const select = planSelection(model, entity, options);
  limitRecords(mostRecords(select), principal);
  authorizeSelect(select, model, principal);
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof PlatformError && error.code === 'not_found') return null;
  throw error;
}
