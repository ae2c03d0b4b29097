// An authorized create or update as one SQL statement: it locks the record and the records it refers to, judges every
// condition, writes the row and its change-log line only when none fails, and answers with the verdict. No values, no I/O.

import { PRINCIPAL_ENTITIES } from '../plan/write.ts';
import type { AuthorizedWrite } from '../plan/write-authorize.ts';
import type { WritePlan } from '../plan/write-plan.ts';
import { castType } from './column-types.ts';
import { RowSlotWriter } from './row-source.ts';
import { type CompiledStatement, SlotWriter } from './statement.ts';
import type { WriteAnswer } from './write-answer.ts';
import { CheckWriter, type WriteCheck } from './write-checks.ts';
import { createSql } from './write-create.ts';
import type { WriteContext } from './write-row.ts';
import { updateSql } from './write-update.ts';

/**
 * Rows: none when an update finds no readable record; else one with `failed` (numbers into `checks`, '' = written),
 * `changed` (false: an update that changes nothing, so nothing was written), `version`, and what WriteAnswer asks for.
 * Parameters by name: each given property, `id`, `@client` and `@if_match` (bigint array).
 */
export interface CompiledWrite {
  readonly statement: CompiledStatement;
  /** The same text but for records that others have locked, which are passed over as if they were not there. Null: it could wait for others all the same. */
  readonly hasty: string | null;
  readonly checks: readonly WriteCheck[];
  /** As WritePlan says; the rows then have `moved` (owner or unit changed), `former_owner` and `new_owner`. */
  readonly followed: boolean;
}

/** Prints the statement. The same plan and the same access shapes give the same text. */
export function compileWrite(authorized: AuthorizedWrite, answer: WriteAnswer): CompiledWrite {
  const { plan } = authorized;
  const context = (hasty: boolean): WriteContext => ({
    authorized,
    plan,
    slots: new SlotWriter(),
    source: null,
    hasty,
  });
  const compiled = compile(answer, context(false));
  if (answer.images || (answer.body !== null && answer.brief !== true) || mayWait(plan)) return compiled;
  const print = plan.operation === 'create' ? createSql : updateSql;
  return { ...compiled, hasty: print(context(true), new CheckWriter(), answer) };
}

/**
 * The same for many records at once. Rows: one per record, with `n` (its position, from 1), `failed`, `changed`, `written`, and
 * the images asked for; none where an update finds no readable record. A create that collides with another record's key is not
 * written although nothing failed. Parameters as above, but of each given property and `id` an array (RowSlotWriter); no
 * `@if_match`. No two records may have the same id.
 */
export function compileManyWrites(authorized: AuthorizedWrite, images: boolean): CompiledWrite {
  return compile({ body: null, images }, manyContext(authorized));
}

/** What every part of a statement for many records shares: their values are rows of `source`. */
export function manyContext(authorized: AuthorizedWrite): WriteContext & { readonly source: string } {
  const { plan } = authorized;
  const given = plan.given.map((property) => ({ name: property.name, cast: castType(property) }));
  const slots = new RowSlotWriter([{ name: 'id', cast: 'uuid' }, ...given]);
  return { authorized, plan, slots, source: slots.source() };
}

function compile(answer: WriteAnswer, context: WriteContext): CompiledWrite {
  const checks = new CheckWriter();
  const text =
    context.plan.operation === 'create' ? createSql(context, checks, answer) : updateSql(context, checks, answer);
  const { followed } = context.plan;
  return { statement: { text, slots: context.slots.slots }, hasty: null, checks: checks.checks, followed };
}

/** Whether others' locks can hold it up beside those on the record itself and on the targets of its lookups: keys that must not be there twice, and owners. */
function mayWait({ operation, entity, given, derived, dependents, owner, followed }: WritePlan): boolean {
  if (followed || owner !== (operation === 'create' ? 'creator' : 'none')) return true;
  if (operation === 'create' && PRINCIPAL_ENTITIES.some((name) => name === entity.name)) return true;
  if (dependents.some(({ target }) => target !== null)) return true;
  const keys = new Set(['id', ...[...entity.keys.values()].flatMap(({ properties }) => properties)]);
  return [...given, ...derived].some(({ name, numbering }) => numbering !== undefined || keys.has(name));
}
