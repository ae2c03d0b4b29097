// `find_duplicates`: the records that active rules take for given values, or for a record. It shows what the caller may read, and no more.
import { type DuplicateRule, type EntityType, isStored, isWritable, type Model } from '@kartoteka/metadata';
import { is } from '../describe/members.ts';
import { PlatformError } from '../errors.ts';
import type { OperationContext, OperationDefinition } from '../extensions/types.ts';
import { inOneTransaction } from '../one-transaction.ts';
import { mayUse } from '../plan/secured.ts';
import { requirePrivilege } from '../plan/write-authorize.ts';
import { type Candidate, findCandidates } from './find.ts';
import { told } from './hook.ts';

const NOBODY = '00000000-0000-0000-0000-000000000000';

const rulesOf = (entity: EntityType, { duplicateRules }: Model): readonly DuplicateRule[] =>
  [...duplicateRules.values()].filter((rule) => rule.active && rule.entity === entity.name);

/** Records that active rules take for the stored one of this id, or (null) for a new one of these values: those the caller may read. */
export async function readableCandidates(
  { model, principal, database }: Pick<OperationContext, 'model' | 'principal' | 'database'>,
  entity: EntityType,
  { id, values }: { readonly id: string | null; readonly values: Readonly<Record<string, unknown>> },
): Promise<readonly Candidate[]> {
  const rules = rulesOf(entity, model).map((rule) => ({ rule, hidden: false }));
  const operation = id === null ? ('create' as const) : ('update' as const);
  // Similarity is compared within a transaction.
  return inOneTransaction(database, (_joined, tx) =>
    findCandidates({ model, principal, executor: tx, entity, operation }, rules, [{ id: id ?? NOBODY, values }]),
  );
}

async function find(context: OperationContext, values: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { model, entity, id } = context;
  if (entity === null) throw new Error('bound to nothing');
  return told(model, await readableCandidates(context, entity, { id: id === '' ? null : id, values }));
}

/** Names that are properties of new records, which the caller may give. Throws invalid_arguments. */
function givenValues({ entity, principal }: OperationContext, values: unknown): Readonly<Record<string, unknown>> {
  if (entity === null) throw new Error('bound to nothing');
  requirePrivilege(principal, entity, 'read');
  const bad = (reason: string) => new PlatformError('bad_request', { reason }, { target: 'values' });
  if (typeof values !== 'object' || values === null || Array.isArray(values)) throw bad('values is a JSON object');
  for (const name of Object.keys(values)) {
    const property = entity.properties.get(name);
    if (property === undefined) throw bad(`there is no property ${name} on ${entity.name}`);
    if (!isStored(property) || !isWritable(property, 'create')) throw bad(`${name} is not given to new records`);
    if (!mayUse(principal, entity, property, 'create'))
      throw new PlatformError('secured_property', { name, entity: entity.name });
  }
  return values as Readonly<Record<string, unknown>>;
}

const TEXT = {
  returns: { shape: 'duplicate_candidate', collection: true },
  entity: (entity, model) => rulesOf(entity, model).length > 0,
} as const satisfies Partial<OperationDefinition>;

/** Of entities that have active rules. */
export const duplicateOperations: readonly OperationDefinition[] = [
  {
    ...TEXT,
    name: 'find_duplicates',
    // Values of people do not belong into URLs, which are logged.
    kind: 'action',
    binding: 'collection',
    parameters: { values: is('property_values', 'Values of a record by property, as a create is sent them') },
    summary: 'Find records that values are taken for',
    description:
      'Applies the active duplicate rules to values that are not stored, and answers what the caller may read.',
    run: (context, { values }) => find(context, givenValues(context, values)),
  },
  {
    ...TEXT,
    name: 'find_duplicates',
    kind: 'function',
    binding: 'record',
    parameters: {},
    summary: 'Find records that the record is taken for',
    description:
      'Applies the active duplicate rules to the record as it is stored, and answers what the caller may read.',
    run: (context) => find(context, {}),
  },
];
