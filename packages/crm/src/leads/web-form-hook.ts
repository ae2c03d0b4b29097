// What a web form must be before it is stored: a key of the service's own making, and fields that its entity has. Whether values fit
// is judged with every post, by the pipeline.
import { randomBytes } from 'node:crypto';
import type { EntityType, Model } from '@kartoteka/metadata';
import { type Hook, type HookContext, type PendingWrite, PlatformError } from '@kartoteka/platform';
import { MARKS } from './web-form.ts';

/** Members that name properties of the form's entity. */
const NAMING = ['accepted_fields', 'fixed_values', 'attribution', 'consent_property', 'consent_date_property'] as const;

/** Keys are made, never chosen; a PATCH with `public_key: null` makes another one, and the old one ends at once. */
export const webFormHook: Hook = {
  entity: 'web_form',
  operations: ['create', 'update'],
  needsTransaction: (_model, operation, records) => operation === 'update' && records.some(namesWithoutType),
  before: async (context, records) => {
    const types = await storedTypes(context, records);
    for (const record of records) {
      const refusal = judge(context, record, types);
      if (refusal === null) giveKey(context, record);
      else context.refuse(record, refusal);
    }
  },
};

function namesWithoutType({ values }: PendingWrite): boolean {
  return !Object.hasOwn(values, 'record_type') && NAMING.some((name) => Object.hasOwn(values, name));
}

function giveKey({ operation }: HookContext, { values }: PendingWrite): void {
  if (operation === 'create' || Object.hasOwn(values, 'public_key')) values.public_key = newKey();
}

/** 144 bits, in 24 characters. */
function newKey(): string {
  return randomBytes(18).toString('base64url');
}

function judge({ model, operation }: HookContext, record: PendingWrite, types: ReadonlyMap<string, string>) {
  const { values } = record;
  if (Object.hasOwn(values, 'public_key') && values.public_key !== null)
    return invalid('public_key', 'the service makes it; null makes a new one');
  const name = values.record_type ?? types.get(record.id) ?? (operation === 'create' ? 'lead' : undefined);
  if (typeof name !== 'string') return null;
  const entity = makeable(model, name);
  if (entity === undefined) return invalid('record_type', `is one of ${targetsOf(model).join(', ')}`);
  // Another entity is judged with all that names its properties, so that nothing is left of the former.
  const left = Object.hasOwn(values, 'record_type') && operation === 'update' ? missingWithType(values) : undefined;
  if (left !== undefined) return invalid(left, 'has to be given with another record_type');
  return firstProblem(entity, values);
}

function missingWithType(values: PendingWrite['values']): string | undefined {
  return NAMING.find((name) => !Object.hasOwn(values, name));
}

function targetsOf(model: Model): readonly string[] {
  const targets = model.entities.get('web_form_submission')?.fields.get('record')?.document.targets;
  return Array.isArray(targets) ? targets.map(String) : [];
}

/** Only what a submission can refer to is made by forms; a document may add to it. */
function makeable(model: Model, name: string): EntityType | undefined {
  return targetsOf(model).includes(name) ? model.entities.get(name) : undefined;
}

function firstProblem(entity: EntityType, values: PendingWrite['values']): PlatformError | null {
  const lookups = new Set(
    [...entity.fields.values()].flatMap(({ document, properties }) =>
      document.targets === undefined ? [] : properties,
    ),
  );
  for (const member of NAMING) {
    for (const name of namedIn(member, values[member])) {
      const property = entity.properties.get(name);
      if (property === undefined || property.readOnly) return invalid(member, `${entity.name} has no ${name} to write`);
      // Whoever sends a post could ask which records there are.
      const isOpen = member === 'accepted_fields' && (lookups.has(name) || property.field === null);
      if (isOpen) return invalid(member, `${name} cannot be sent by everybody; give it as a fixed value`);
    }
  }
  return null;
}

function namedIn(member: (typeof NAMING)[number], value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  if (member !== 'attribution') return Object.keys(value);
  const targets = value as Record<string, unknown>;
  return MARKS.flatMap((mark) => (typeof targets[mark] === 'string' ? [targets[mark]] : []));
}

async function storedTypes({ model, tx }: HookContext, records: readonly PendingWrite[]): Promise<Map<string, string>> {
  const ids = records.filter(namesWithoutType).map(({ id }) => id);
  const entity = model.entities.get('web_form');
  const column = entity?.properties.get('record_type')?.column;
  if (ids.length === 0 || entity === undefined || column === undefined) return new Map();
  const rows = await tx.run(
    `select id::text as id, "${column}" as type from data."${entity.table}" where id = any($1::uuid[])`,
    [`{${ids.join(',')}}`],
    { prepare: true },
  );
  return new Map(rows.map((row) => [String(row.id), String(row.type)]));
}

function invalid(target: string, reason: string): PlatformError {
  const detail = new PlatformError('invalid_value', { name: target, reason });
  const details = [{ code: detail.code, message: detail.message, target }];
  return new PlatformError('validation_failed', {}, { details });
}
