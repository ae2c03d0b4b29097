// The secured-field permissions of one role: wildcards expanded over the fields that are secured, names checked.
import type { RoleDocument } from './documents.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft } from './link-entity.ts';
import type { FieldPermission, FieldRight } from './model.ts';
import type { EffectiveDocuments } from './parse.ts';

/**
 * One permission per entity, secured field and right; the most exact entry wins, as with privileges. Reports unknown entities
 * and fields, fields that are not secured, and `update` without `read`: whether an update changed something would tell
 * its writer what the value was.
 */
export function linkFieldPermissions(
  document: RoleDocument,
  drafts: ReadonlyMap<string, EntityDraft>,
  documents: Pick<EffectiveDocuments, 'isBroken'>,
  report: Report,
): readonly FieldPermission[] {
  const asked = document.fields ?? {};
  for (const [entity, fields] of Object.entries(asked))
    checkNames(document.name, entity, fields, drafts, documents, report);
  return [...drafts.values()].flatMap((draft) => {
    const row = Object.hasOwn(asked, draft.name) ? asked[draft.name] : asked['*'];
    if (row === undefined) return [];
    return [...securedFields(draft)].flatMap((field) => {
      const rights = (Object.hasOwn(row, field) ? row[field] : row['*']) ?? [];
      return rights.map((right) => ({ entity: draft.name, field, right: right as FieldRight }));
    });
  });
}

function securedFields(draft: EntityDraft): ReadonlySet<string> {
  const properties = [...draft.properties.values()].filter(({ secured }) => secured);
  return new Set(properties.flatMap(({ field }) => field ?? []));
}

function checkNames(
  role: string,
  entity: string,
  fields: Readonly<Record<string, readonly string[]>>,
  drafts: ReadonlyMap<string, EntityDraft>,
  documents: Pick<EffectiveDocuments, 'isBroken'>,
  report: Report,
): void {
  const draft = drafts.get(entity);
  if (draft === undefined && entity !== '*' && !documents.isBroken('entity', entity))
    report('role', role, pointerTo('fields', entity), 'unknown_entity', `There is no entity ${entity}`);
  for (const [field, rights] of Object.entries(fields)) {
    const pointer = pointerTo('fields', entity, field);
    if (field !== '*') checkField(role, field, entity, draft, pointer, report);
    const computed = draft?.fields.find(({ name }) => name === field)?.type.computed !== undefined;
    if (computed && rights.some((right) => right !== 'read')) {
      const reason = `${entity}.${field} is computed: it can be read only`;
      report('role', role, pointer, 'invalid_permission', reason, 'Leave read only');
    } else if (rights.includes('update') && !rights.includes('read')) {
      const reason = 'Who may update a secured field could find out its value, so update needs read';
      report('role', role, pointer, 'invalid_permission', reason, 'Add read');
    }
  }
}

function checkField(
  role: string,
  field: string,
  entity: string,
  draft: EntityDraft | undefined,
  pointer: string,
  report: Report,
): void {
  if (entity === '*') {
    const reason = 'Under every entity only * can stand: fields belong to one entity';
    report('role', role, pointer, 'unknown_field', reason, `Name the entity that has ${field}`);
  } else if (draft !== undefined && !isBrokenName(draft, field) && !securedFields(draft).has(field)) {
    const exists = draft.fields.some(({ name }) => name === field);
    const reason = exists ? `${entity}.${field} is not secured` : `There is no field ${field} on ${entity}`;
    const hint = exists ? 'Mark the field with "secured": true, or take the permission out' : undefined;
    report('role', role, pointer, exists ? 'not_secured' : 'unknown_field', reason, hint);
  }
}
