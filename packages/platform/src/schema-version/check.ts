// The query option $schemaversion (OData 4.01 Part 1, 11.2.12): a program that names the version of the schema that it was made for is
// refused once that is no longer what it knows. It asks no database, and requests without the option pay for one look at their query.
import { type EntityType, type Model, type SchemaBreak, splitSchemaPath } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import { mayUse } from '../plan/secured.ts';
import type { EngineRequest } from '../platform-types.ts';
import type { Principal } from '../security/types.ts';
import { type Broken, schemaHistory } from './history.ts';

const OPTION = /^(?:\$|%24)?schemaversion(?:=|$)/i;
const NAME = '$schemaversion';
/** `unreserved` of RFC 3986, which versions are made of. */
const VERSION = /^(?:\*|[A-Za-z0-9._~-]{1,100})$/;
/** Changes that one refusal tells. */
const MOST_DETAILS = 50;

/** What stands for the present version, whatever it is. */
export const PRESENT = '*';

/**
 * The request without its $schemaversion, and that (null where there is none). Throws invalid_option, duplicate_option.
 */
export function takeSchemaVersion(request: EngineRequest): { request: EngineRequest; version: string | null } {
  if (request.query === '' || !/schemaversion/i.test(request.query)) return { request, version: null };
  const parts = request.query.split('&');
  const named = parts.filter((part) => OPTION.test(part));
  const [part] = named;
  if (part === undefined) return { request, version: null };
  if (named.length > 1) throw new PlatformError('duplicate_option', { name: NAME }, { target: NAME });
  const version = part.slice(part.indexOf('=') + 1).replace(/^%2a$/i, PRESENT);
  if (!VERSION.test(version)) {
    const reason = `a version as the schema has it is needed, or ${PRESENT}`;
    throw new PlatformError('invalid_option', { name: NAME, reason }, { target: NAME });
  }
  return { request: { ...request, query: parts.filter((each) => each !== part).join('&') }, version };
}

/** Throws unknown_schema_version, and schema_moved where something that the caller may know of is no longer as in that version. */
export function checkSchemaVersion(model: Model, principal: Principal, version: string): void {
  if (version === PRESENT) return;
  const all = schemaHistory(model).since(version);
  if (all === undefined) throw unknownVersion(version);
  if (all.length === 0) return;
  const told = all.filter((item) => concerns(model, principal, item));
  if (told.length === 0) return;
  const details = told.slice(0, MOST_DETAILS).map((item) => {
    const what = nameOf(item);
    return errorDetail('schema_change', { what, change: WORDS[item.reason] }, what);
  });
  throw new PlatformError('schema_moved', { version }, { target: NAME, details });
}

/** $metadata is that of the present version. Throws unknown_schema_version for others. */
export function requirePresentVersion(model: Model, version: string): void {
  if (version !== PRESENT && version !== schemaHistory(model).version) throw unknownVersion(version);
}

function unknownVersion(version: string): PlatformError {
  return new PlatformError('unknown_schema_version', { version }, { target: NAME });
}

const WORDS: Readonly<Record<SchemaBreak, string>> = {
  removed: 'is gone',
  retyped: 'has another type',
  narrowed: 'takes fewer values',
  required: 'is required now',
  read_only: 'cannot be written as before',
  may_be_null: 'may be null now',
  never_null: 'cannot be null any more',
};

/** What was secured is not named once it is gone: nobody can tell any more who might know of it. */
function nameOf({ path, before, reason }: Broken): string {
  return before?.secured === true && reason === 'removed' ? `${splitSchemaPath(path).set}/(secured)` : path;
}

/** Whether a program of this caller can have known the item. Of sets that are gone everybody may have. */
function concerns(model: Model, principal: Principal, { path, before }: Broken): boolean {
  const { set, name } = splitSchemaPath(path);
  const entity = model.sets.get(set);
  if (entity === undefined) return true;
  if (!mayKnow(principal, entity)) return false;
  const target = before?.kind === 'navigation' ? model.sets.get(before.type.replace('[]', '')) : undefined;
  if (target !== undefined && !mayKnow(principal, target)) return false;
  const property = entity.properties.get(name);
  return property === undefined || RIGHTS.some((right) => mayUse(principal, entity, property, right));
}

const RIGHTS = ['read', 'create', 'update'] as const;

function mayKnow(principal: Principal, { name }: EntityType): boolean {
  return (['read', 'create', 'write'] as const).some((privilege) => principal.access(name, privilege).granted);
}
