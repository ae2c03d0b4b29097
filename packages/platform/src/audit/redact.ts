// `POST /contacts(ID)/redact`: takes personal data out of a record, of every image of it in the change log and of remembered answers, in
// one transaction, and leaves the trace that it was done. Copies outside the database, backups among them, are not its business.
import type { EntityType } from '@kartoteka/metadata';
import { ActionBody } from '../actions/body.ts';
import { PlatformError } from '../errors.ts';
import { FORGET_VALUES } from '../merge/types.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { planRedaction } from '../plan/redact.ts';
import { type AuthorizedRedaction, authorizeRedaction, requireRedaction } from '../plan/write-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { FORGET_BODIES } from '../repeat/store.ts';
import { requireJson } from '../request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from '../request/query-options.ts';
import { actorOf, originOf, recordSecurityEvent } from '../security-log/record.ts';
import { header, noContent } from '../shape.ts';
import { bindStatement } from '../sql/bind.ts';
import {
  clearColumnsStatement,
  clearStatement,
  formerColumnsStatement,
  redactChangesStatement,
  traceStatement,
} from '../sql/redact.ts';
import type { CompiledStatement } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { withRetries } from '../write/database-errors.ts';
import { verdictError } from '../write/verdict.ts';

const NO_OPTIONS = new Set<keyof QueryOptions>();

/**
 * 204 with the record's ETag, also when there was nothing left to redact. Throws missing_capability (redact), missing_privilege,
 * secured_property, validation_failed for what cannot be redacted, not_found, missing_privilege_on_record.
 */
export async function redactRecord(
  env: RequestEnvironment,
  { entity, id }: { readonly entity: EntityType; readonly id: string },
): Promise<EngineResponse> {
  const { request, model, principal } = env;
  allowOptions(parseQueryOptions(request.query), NO_OPTIONS);
  requireJson(header(request, 'content-type'));
  requireRedaction(principal, entity);
  const plan = planRedaction(entity, id, requestedNames(request.body));
  const authorized = authorizeRedaction(plan, model, principal);
  const version = await withRetries(model, entity, () =>
    env.database.transaction((tx) => new Redaction(env, tx, authorized, id).run()),
  );
  return noContent(request, { etag: `W/"${version}"` });
}

/** Null: all that is marked as personal data, which has to be asked for in so many words. */
function requestedNames(text: string | null): readonly string[] | null {
  const body = new ActionBody(text);
  const all = body.flag('personal_data');
  const names = body.names('properties', all ? 'absent' : 'needed');
  body.end();
  return all ? null : names;
}

/** One redaction under way; its statements are of the one request and not kept. */
class Redaction {
  readonly #env: RequestEnvironment;
  readonly #tx: Executor;
  readonly #authorized: AuthorizedRedaction;
  readonly #id: string;

  constructor(env: RequestEnvironment, tx: Executor, authorized: AuthorizedRedaction, id: string) {
    this.#env = env;
    this.#tx = tx;
    this.#authorized = authorized;
    this.#id = id;
  }

  /** The record's version. The images are read after the record is locked, in a statement with a snapshot of its own. */
  async run(): Promise<string> {
    const { entity, names, values } = this.#authorized.plan;
    const { statement, checks } = clearStatement(this.#authorized);
    const cleared = Object.fromEntries([...values].map(([{ name }, value]) => [name, value]));
    const row = await this.#statement(statement, cleared);
    if (row === undefined) throw new PlatformError('not_found');
    if (row.failed !== '') throw verdictError(checks, String(row.failed), this.#id);
    const version = String(row.version);
    const former = await this.#formerFields();
    // A name that the Model has again is redacted where it was asked for.
    const gone = former.names.filter((name) => !entity.properties.has(name));
    await this.#tx.run(FORGET_BODIES, [this.#id]);
    await this.#tx.run(FORGET_VALUES, [this.#id]);
    const images = await this.#statement(redactChangesStatement(entity), namesOf([...names, ...gone]));
    if (row.changed === true || former.changed || images?.changes !== '0') {
      await this.#statement(traceStatement(entity), { ...namesOf(names), '@version': version });
      await this.#record(names);
    }
    return version;
  }

  /** The change log tells those who read the record; this tells those who watch over all of them. */
  #record(names: readonly string[]): Promise<void> {
    const { principal, request } = this.#env;
    const target = { entity: this.#authorized.plan.entity.name, id: this.#id };
    const event = {
      kind: 'record_redacted',
      origin: originOf(request),
      target,
      details: { properties: names },
    } as const;
    return recordSecurityEvent(this.#tx, { ...event, ...actorOf(principal) });
  }

  /** Empties the columns that fields have left behind; tells of which properties they were. */
  async #formerFields(): Promise<{ readonly names: readonly string[]; readonly changed: boolean }> {
    const { plan } = this.#authorized;
    const rows = await this.#run(formerColumnsStatement(plan), namesOf(plan.names));
    if (rows.length === 0) return { names: [], changed: false };
    const columns = rows.map(({ column }) => String(column));
    const changed = await this.#statement(clearColumnsStatement(plan.entity, columns), {});
    return { names: rows.map(({ property }) => String(property)), changed: changed !== undefined };
  }

  async #statement(
    statement: CompiledStatement,
    more: Readonly<Record<string, string | null>>,
  ): Promise<Row | undefined> {
    return (await this.#run(statement, more))[0];
  }

  #run(statement: CompiledStatement, more: Readonly<Record<string, string | null>>): Promise<readonly Row[]> {
    const { model, principal, request } = this.#env;
    const values = { ...more, id: this.#id, '@client': request.client };
    const parameters = bindStatement(statement, { model, principal, literals: [], values });
    return this.#tx.run(statement.text, parameters);
  }
}

/** Names of properties need no quotes in an array literal. */
function namesOf(names: readonly string[]): { readonly '@names': string } {
  return { '@names': `{${names.join(',')}}` };
}
