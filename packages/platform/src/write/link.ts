// Links of many-to-many relations: made and taken away one relation at a time, whatever the number of records. Rights are
// conditions of the statements; no hooks run, and no version changes, because no property does.
import type { EntityType } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import { type LinkNode, planLink } from '../plan/link.ts';
import { type AuthorizedLink, authorizeLink } from '../plan/write-authorize.ts';
import type { CompiledCheck } from '../sql/delete.ts';
import { linkStatement, unlinkStatement } from '../sql/link.ts';
import { printedStatement } from '../sql/write-answer.ts';
import { arrayLiteral, type Cascade } from './cascade.ts';
import type { LinkChange, Representation } from './request.ts';
import { verdictError } from './verdict.ts';

/** The record whose links change, and for whom. */
export interface Linking {
  readonly cascade: Cascade;
  readonly entity: EntityType;
  readonly id: string;
  readonly client: string | null;
}

/**
 * Links the record to the records that are named; those that are linked already stay so. Throws not_found for the record,
 * validation_failed (target_not_found, with its place) for those, missing_privilege, missing_privilege_on_record.
 */
export async function linkRecords(linking: Linking, change: LinkChange): Promise<void> {
  const others = [...new Set(change.ids)];
  const { compiled, row } = await run(linking, change, others, 'link', linkStatement);
  const { failed, missing } = row;
  if (failed === '') return;
  const error = verdictError(compiled.checks, String(failed), linking.id);
  if (error.code !== 'validation_failed') throw error;
  const places = String(missing).slice(1, -1).split(',').map(Number);
  const details = places.map((place) => {
    const at = change.ids.indexOf(others[place] ?? '');
    return errorDetail('target_not_found', { name: change.navigation.name }, change.placeOf(at));
  });
  throw new PlatformError('validation_failed', {}, { details });
}

/** The record as it is now; null when the principal may not read it. */
export async function printRecord(
  { cascade, entity, id }: Linking,
  { key, print }: Representation,
): Promise<string | null> {
  const { model, principal } = cascade;
  const access: AuthorizedLink['access'] = (node, privilege) => principal.access(node.name, privilege);
  const statement = cascade.kept(`print ${entity.name} ${key}`, () =>
    printedStatement({ model, access }, entity, print),
  );
  const body = (await cascade.run(statement, { id }))[0]?.body;
  return typeof body === 'string' ? body : null;
}

/** Takes one link away. Throws not_found when either record is missing or hidden, or there is no link, and as linkRecords. */
export async function unlinkRecord(linking: Linking, change: LinkChange): Promise<void> {
  const { compiled, row } = await run(linking, change, change.ids, 'unlink', unlinkStatement);
  if (row.failed !== '') throw verdictError(compiled.checks, String(row.failed), linking.id);
  if (row.removed !== true) throw new PlatformError('not_found');
}

async function run(
  { cascade, entity, id, client }: Linking,
  { navigation, placeOf }: LinkChange,
  others: readonly string[],
  what: string,
  compile: (authorized: AuthorizedLink) => CompiledCheck,
) {
  const compiled = cascade.kept(`${what} ${entity.name} ${navigation.name}`, () => {
    const link: LinkNode = planLink(cascade.model, entity, navigation, placeOf(0));
    return compile(authorizeLink(link, cascade.model, cascade.principal));
  });
  const values = { id, '@others': arrayLiteral(others), '@client': client };
  const row = (await cascade.run(compiled.statement, values))[0];
  if (row === undefined) throw new PlatformError('not_found');
  return { compiled, row };
}
