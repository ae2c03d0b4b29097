// Checks of an imported history: a record cannot come from the future, cannot be changed before it was created, and was created
// and changed by users who exist. Whether it may come with a history at all is decided by authorizeWrite.
import type { Property } from '@kartoteka/metadata';
import { DIRECTORY, entityOf } from '../security/directory.ts';
import { columnOf } from './scope.ts';
import { tableOf } from './statement.ts';
import type { CheckWriter } from './write-checks.ts';
import { accessSql, givenValue, type WriteContext } from './write-row.ts';

/** Adds the checks; `next` is the alias of the new row. */
export function addStampChecks(context: WriteContext, checks: CheckWriter, next: string): void {
  const { stamps, entity } = context.plan;
  if (stamps.length === 0) return;
  const refuse = (property: Property, condition: string, reason: string): void => {
    const { name } = property;
    checks.failsWhen(condition, { rank: 'values', code: 'invalid_value', values: { name, reason }, target: name });
  };
  for (const property of stamps) {
    if (property.type === 'Edm.Guid') addUserCheck(context, checks, property);
    else refuse(property, `${givenValue(context, property)} > clock_timestamp()`, 'must not lie in the future');
  }
  const modified = entity.properties.get('modified_on');
  if (modified === undefined || !stamps.includes(modified)) return;
  const backwards = `${columnOf(next, entity, 'modified_on')} < ${columnOf(next, entity, 'created_on')}`;
  refuse(modified, backwards, 'must not be before created_on');
}

function addUserCheck(context: WriteContext, checks: CheckWriter, property: Property): void {
  const user = entityOf(context.authorized.model, DIRECTORY.user);
  const value = givenValue(context, property);
  const readable = accessSql(context, user, 'read', 't');
  const found = `exists (select from ${tableOf(user)} t where t.id = ${value} and t.deleted_on is null and ${readable})`;
  const { name } = property;
  checks.failsWhen(`not ${found}`, { rank: 'values', code: 'target_not_found', values: { name }, target: name });
}
