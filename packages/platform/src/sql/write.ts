// An authorized create or update as one SQL statement: it locks the record and the records it refers to, judges every
// condition, writes the row and its change-log line only when none fails, and answers with the verdict. No values, no I/O.
import type { AuthorizedWrite } from '../plan/write-authorize.ts';
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
  readonly checks: readonly WriteCheck[];
}

/** Prints the statement. The same plan and the same access shapes give the same text. */
export function compileWrite(authorized: AuthorizedWrite, answer: WriteAnswer): CompiledWrite {
  const slots = new SlotWriter();
  const context: WriteContext = { authorized, plan: authorized.plan, slots };
  const checks = new CheckWriter();
  const text =
    authorized.plan.operation === 'create' ? createSql(context, checks, answer) : updateSql(context, checks, answer);
  return { statement: { text, slots: slots.slots }, checks: checks.checks };
}
