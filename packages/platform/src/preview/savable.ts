// Whether the one who asks could make the change: the rights on each record that saving it would need, judged by the accesses
// that judge writes, before anything is counted. It writes and locks nothing.
import type { EntityType, Privilege } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { AuthorizedPreview } from '../plan/preview-authorize.ts';
import { ownerProperty } from '../plan/write.ts';
import { arrayLiteral, DIRECTORY, entityOf } from '../security/directory.ts';
import { recordPredicate } from '../sql/access.ts';
import { bindStatement } from '../sql/bind.ts';
import { columnOf, conditionPrinter } from '../sql/scope.ts';
import { presentSql, quoteIdentifier, SlotWriter, tableOf } from '../sql/statement.ts';
import type { Executor, Row } from '../storage/types.ts';
import { lookupsOf, type Save } from './saves.ts';

/** A record that a save names, and what is needed on it. */
interface Needed {
  readonly entity: EntityType;
  readonly id: string;
  readonly privileges: readonly Privilege[];
  readonly place: string;
  /** A lookup leaves it: where it is hidden, the privilege on it is missing. */
  readonly former?: true;
}

/**
 * Throws validation_failed with every record that is missing or hidden, missing_privilege and missing_privilege_on_record for
 * the first right that is missing.
 */
export async function requireSavable(tx: Executor, preview: AuthorizedPreview): Promise<void> {
  const former = await requireRecords(tx, preview);
  await requireNewRows(tx, preview);
  const targets = preview.saves.flatMap((save) => targetsOf(preview, save));
  await requireAll(tx, preview, [...targets, ...former]);
}

/** The records that are changed or deleted. Answers what their lookups lead to now. */
async function requireRecords(tx: Executor, preview: AuthorizedPreview): Promise<readonly Needed[]> {
  const needed = preview.saves.flatMap((save): Needed[] => {
    if (save.id === null) return [];
    return [{ entity: save.entity, id: save.id, privileges: rightsOn(save), place: placeOf(save) }];
  });
  const rows = await requireAll(tx, preview, needed);
  return preview.saves.flatMap((save) => {
    if (save.operation !== 'update') return [];
    return lookupsOf(save).flatMap(({ property, target }): Needed[] => {
      const id = rows.get(keyOf(save.entity, save.id ?? ''))?.[property];
      if (id === null || id === undefined || id === save.values[property]) return [];
      return [
        {
          entity: entityOf(preview.model, target),
          id: String(id),
          ...APPENDED_TO,
          place: `${save.place}/${property}`,
          former: true,
        },
      ];
    });
  });
}

const placeOf = ({ operation, place }: Save): string => (operation === 'delete' ? place : `${place}/id`);
const APPENDED_TO = { privileges: ['append_to'] } as const;

function rightsOn(save: Save): readonly Privilege[] {
  if (save.operation === 'delete') return ['delete'];
  const owner = ownerProperty(save.entity)?.name;
  const moves = owner !== undefined && Object.hasOwn(save.values, owner);
  return [
    'write',
    ...(moves ? (['assign'] as const) : []),
    ...(lookupsOf(save).length > 0 ? (['append'] as const) : []),
  ];
}

/** What lookups and owners are going to name. Everybody may name the own unit. */
function targetsOf({ model, principal }: AuthorizedPreview, save: Save): readonly Needed[] {
  const named = lookupsOf(save).flatMap(({ property, target }): Needed[] => {
    const id = save.values[property];
    if (typeof id !== 'string') return [];
    return [{ entity: entityOf(model, target), id, ...APPENDED_TO, place: `${save.place}/${property}` }];
  });
  const owner = ownerProperty(save.entity)?.name;
  const unit = owner === undefined ? undefined : save.values[owner];
  if (typeof unit !== 'string' || unit === principal.businessUnitId) return named;
  const entity = entityOf(model, DIRECTORY.businessUnit);
  return [...named, { entity, id: unit, privileges: [], place: `${save.place}/${owner}` }];
}

/** Judges all records of an entity in one statement. Answers the rows, by entity and id. */
async function requireAll(
  tx: Executor,
  preview: AuthorizedPreview,
  needed: readonly Needed[],
): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>();
  for (const entity of new Set(needed.map((each) => each.entity))) {
    const ofEntity = needed.filter((each) => each.entity === entity);
    const ids = [...new Set(ofEntity.map(({ id }) => id))];
    const privileges = [...new Set(ofEntity.flatMap((each) => each.privileges))];
    for (const row of await judgeStored(tx, preview, entity, ids, privileges))
      rows.set(keyOf(entity, String(row.id)), row);
  }
  const hidden = needed.filter(({ entity, id, former }) => former === undefined && !rows.has(keyOf(entity, id)));
  if (hidden.length > 0) throw new PlatformError('validation_failed', {}, { details: hidden.map(notFound) });
  for (const { entity, id, privileges, place } of needed) {
    const missing = privileges.find((privilege) => rows.get(keyOf(entity, id))?.[rightColumn(privilege)] !== true);
    if (missing !== undefined) throw missingOn(preview, entity, missing, place);
  }
  return rows;
}

const keyOf = (entity: EntityType, id: string): string => `${entity.name} ${id}`;
const rightColumn = (privilege: Privilege): string => `@${privilege}`;
const notFound = ({ place }: Needed): ErrorDetail => errorDetail('target_not_found', { name: place }, place);

function missingOn(
  preview: AuthorizedPreview,
  entity: EntityType,
  privilege: Privilege,
  target: string,
): PlatformError {
  const { granted } = preview.access(entity, privilege);
  const code = granted ? 'missing_privilege_on_record' : 'missing_privilege';
  return new PlatformError(code, { privilege, entity: entity.name }, { target });
}

/** The readable ones of these records, with the rights held on each and where their lookups lead. */
function judgeStored(
  tx: Executor,
  preview: AuthorizedPreview,
  entity: EntityType,
  ids: readonly string[],
  privileges: readonly Privilege[],
): Promise<readonly Row[]> {
  const slots = new SlotWriter();
  const lookups = [...entity.navigations.values()].filter(({ collection, field }) => !collection && field !== null);
  const columns = lookups.map(
    ({ property }) => `${columnOf('a', entity, property)}::text as ${quoteIdentifier(property)}`,
  );
  const readable = predicate(preview, entity, 'read', slots);
  const key = slots.use({ from: 'constant', value: arrayLiteral(ids) }, 'uuid[]');
  const text =
    `select ${['a.id::text as id', ...columns, ...rights(preview, entity, privileges, slots)].join(', ')} ` +
    `from ${tableOf(entity)} a where a.id = any(${key}) and ${presentSql('a', entity)} and ${readable}`;
  return run(tx, preview, text, slots);
}

/** New records are judged as they would be. */
async function requireNewRows(tx: Executor, preview: AuthorizedPreview): Promise<void> {
  const created = preview.saves.filter(({ operation }) => operation === 'create');
  for (const entity of new Set(created.map((save) => save.entity))) {
    const saves = created.filter((save) => save.entity === entity);
    const privileges: readonly Privilege[] = ['create', 'append'];
    const rows = await judgeNew(tx, preview, entity, saves, privileges);
    for (const [at, { place }] of saves.entries()) {
      const missing = privileges.find((privilege) => rows[at]?.[rightColumn(privilege)] !== true);
      if (missing !== undefined) throw missingOn(preview, entity, missing, place);
    }
  }
}

function judgeNew(
  tx: Executor,
  preview: AuthorizedPreview,
  entity: EntityType,
  saves: readonly Save[],
  privileges: readonly Privilege[],
): Promise<readonly Row[]> {
  const slots = new SlotWriter();
  const rows = saves.map(({ values }) =>
    Object.fromEntries(
      Object.entries({ ...values, created_by_id: preview.principal.id }).map(([name, value]) => [
        entity.properties.get(name)?.column ?? name,
        value,
      ]),
    ),
  );
  const given = slots.use({ from: 'constant', value: JSON.stringify(rows) }, 'json');
  const text =
    `select ${rights(preview, entity, privileges, slots).join(', ')} from json_array_elements(${given}) ` +
    `with ordinality r(value, n) cross join lateral json_populate_record(null::${tableOf(entity)}, r.value) a order by r.n`;
  return run(tx, preview, text, slots);
}

function rights(
  preview: AuthorizedPreview,
  entity: EntityType,
  privileges: readonly Privilege[],
  slots: SlotWriter,
): readonly string[] {
  return privileges.map(
    (privilege) => `${predicate(preview, entity, privilege, slots)} as ${quoteIdentifier(rightColumn(privilege))}`,
  );
}

function predicate(preview: AuthorizedPreview, entity: EntityType, privilege: Privilege, slots: SlotWriter): string {
  const access = preview.access(entity, privilege);
  return recordPredicate(access, 'a', entity, slots, conditionPrinter({ slots }, entity));
}

function run(tx: Executor, { model, principal }: AuthorizedPreview, text: string, slots: SlotWriter) {
  const bindings = { model, principal, literals: [], values: {} };
  return tx.run(text, bindStatement({ text, slots: slots.slots }, bindings));
}
