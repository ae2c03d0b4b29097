// `GET /deals(ID)/explain_access` and `GET /deals/explain_access`: why a principal may, or may not, do what with a record or an entity.
// Request -> authorize -> one statement -> answer. What is granted is what the engine's own accesses say.
import {
  type EntityType,
  PRIVILEGES,
  type Privilege,
  printExpression,
  type TypedExpression,
} from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { type AuthorizedExplain, authorizeExplain } from '../plan/authorize-explain.ts';
import type { EngineResponse } from '../platform-types.ts';
import { parseFormat } from '../request/headers.ts';
import { parseParameters } from '../request/query-options.ts';
import { isGuid } from '../request/resource.ts';
import { holdersOf } from '../security/acting.ts';
import { arrayLiteral, DIRECTORY } from '../security/directory.ts';
import type { UserPrincipal } from '../security/principals.ts';
import { contextUrl, header, jsonHeaders } from '../shape.ts';
import { bindStatement } from '../sql/bind.ts';
import { explainStatement, namesStatement } from '../sql/explain.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Row } from '../storage/types.ts';
import { explanation, type Names } from './answer.ts';
import { conditionParts, heldGrants, type SeenRecord, type SeenShare } from './held-grants.ts';
import { type Subject, subjectsOf } from './subject.ts';

/**
 * Explains a record, or (`id` null) what the roles of a principal give on an entity as a whole: one statement, and one more for another
 * principal than the one who asks. Throws not_found where the record, or (with the target principal_id) the principal, is missing or hidden,
 * and missing_privilege as authorizeExplain. `principalId`: where the path names whom it is about.
 */
export function explainAccess(
  env: RequestEnvironment,
  entity: EntityType,
  id: string | null,
  principalId?: string,
): Promise<EngineResponse> {
  return id === null ? explainSet(env, entity, principalId) : explainRecord(env, entity, id, principalId);
}

function explainRecord(
  env: RequestEnvironment,
  entity: EntityType,
  id: string,
  named: string | undefined,
): Promise<EngineResponse> {
  return answer(env, entity, 'record', named, async (subject, authorized, askers) => {
    const parts = partsOf(subject.principal, entity);
    const row = await run(env, subject, explainStatement(authorized, subject.principal, [...parts.values()]), id);
    if (row === undefined) throw new PlatformError('not_found');
    const names = namesOf(askers, subject, row);
    const judged = flags(row.granted);
    const granted = privilegesOf((privilege) => judged[PRIVILEGES.indexOf(privilege)] === true);
    const record = seenRecord(id, row, [...parts.keys()]);
    return explanation({ model: env.model, entity, subject, record, granted, names, askers });
  });
}

function explainSet(env: RequestEnvironment, entity: EntityType, named: string | undefined): Promise<EngineResponse> {
  return answer(env, entity, 'set', named, async (subject, authorized, askers) => {
    const row = await run(env, subject, namesStatement(authorized), null);
    if (row === undefined) throw new Error('names are always answered');
    const names = namesOf(askers, subject, row);
    const granted = privilegesOf((privilege) => subject.principal.access(entity.name, privilege).granted);
    return explanation({ model: env.model, entity, subject, record: null, granted, names, askers });
  });
}

const PARAMETERS: ReadonlySet<string> = new Set(['principal_id']);
/** Where the path says it. */
const NO_PARAMETERS: ReadonlySet<string> = new Set();

/** Authorizes, explains each subject, and answers; who acts as the first stands beside it under `acting`. */
async function answer(
  { model, principal, database, request }: RequestEnvironment,
  entity: EntityType,
  of: 'record' | 'set',
  named: string | undefined,
  explain: (subject: Subject, authorized: AuthorizedExplain, askers: ReadonlySet<string>) => Promise<object>,
): Promise<EngineResponse> {
  const asked = parseParameters(request.query, named === undefined ? PARAMETERS : NO_PARAMETERS).get('principal_id');
  const principalId = named ?? asked?.toLowerCase() ?? null;
  if (principalId !== null && !isGuid(principalId)) {
    const reason = 'the id of a user or team is needed';
    throw new PlatformError('invalid_option', { name: 'principal_id', reason }, { target: 'principal_id' });
  }
  const format = parseFormat(header(request, 'accept'), undefined);
  const authorized = authorizeExplain(entity, of, model, principal, principalId ?? principal.id);
  const askers = new Set(holdersOf(principal).map(({ id }) => id));
  const told: object[] = [];
  for (const subject of await subjectsOf(database, model, principal, principalId)) {
    told.push(await explain(subject, authorized, askers));
  }
  const [body, acting] = told;
  const context = contextUrl(request, format, 'kartoteka.explanation');
  const answered = {
    ...(context === null ? {} : { '@odata.context': context }),
    ...body,
    ...(acting === undefined ? {} : { acting }),
  };
  const headers = jsonHeaders(request, format.metadata, format.ieee754);
  return { status: 200, headers, body: JSON.stringify(answered) };
}

/** The parts of all conditions under which the principal holds something on the entity, by their text. */
function partsOf(subject: UserPrincipal, entity: EntityType): ReadonlyMap<string, TypedExpression> {
  const grants = PRIVILEGES.flatMap((privilege) => heldGrants(subject, entity, privilege, null));
  const conditions = grants.flatMap(({ grant }) => (grant.when === null ? [] : conditionParts(grant.when)));
  return new Map(conditions.map((part) => [printExpression(part), part]));
}

async function run(
  { model, principal, database }: RequestEnvironment,
  { principal: { facts } }: Subject,
  statement: CompiledStatement,
  id: string | null,
): Promise<Row | undefined> {
  const mine = [facts.id, ...facts.teams.map((team) => team.id)];
  const values = {
    id,
    '@mine': arrayLiteral(mine),
    '@ids': arrayLiteral([...new Set([...mine, facts.unit, ...facts.roles.map(({ unit }) => unit)])]),
  };
  return (await database.run(statement.text, bindStatement(statement, { model, principal, literals: [], values })))[0];
}

/** Throws not_found where the principal that was asked about is none that may be read. */
function namesOf(askers: ReadonlySet<string>, subject: Subject, row: Row): Names {
  const names = JSON.parse(String(row.names)) as Names;
  const { id } = subject.principal;
  const kind = names[id]?.kind ?? '';
  if (askers.has(id) || OWNERS.has(kind)) return names;
  throw new PlatformError('not_found', {}, { target: 'principal_id' });
}

const OWNERS: ReadonlySet<string> = new Set([DIRECTORY.user, DIRECTORY.team]);

function seenRecord(id: string, row: Row, parts: readonly string[]): SeenRecord {
  const held = flags(row.parts);
  const holding = new Map(parts.map((text, n) => [text, held[n] === true]));
  return {
    id,
    owner: row.owner === null ? null : String(row.owner),
    unit: row.unit === null ? null : String(row.unit),
    above: new Set(row.above === null ? [] : String(row.above).slice(1, -1).split(',')),
    shares: JSON.parse(String(row.shares)) as readonly SeenShare[],
    holds: (part) => holding.get(printExpression(part)) === true,
  };
}

/** `{t,f,t}` as PostgreSQL prints an array of booleans. */
function flags(text: Row[string] | undefined): readonly boolean[] {
  return String(text)
    .slice(1, -1)
    .split(',')
    .map((flag) => flag === 't');
}

function privilegesOf(granted: (privilege: Privilege) => boolean): Readonly<Record<Privilege, boolean>> {
  const all = PRIVILEGES.map((privilege) => [privilege, granted(privilege)] as const);
  return Object.fromEntries(all) as Record<Privilege, boolean>;
}
