// One structural property as CSDL JSON: its type with facets, and what else a client should know of it as annotations of the
// OASIS vocabularies.
import { displayValues, type EntityType, labelText, type Model, type Property } from '@kartoteka/metadata';
import { NAMESPACE } from '../namespace.ts';
import { mayUse } from '../plan/secured.ts';
import type { Principal } from '../security/types.ts';
import type { Csdl } from './vocabulary.ts';

export interface PropertyScope {
  readonly model: Model;
  readonly principal: Principal;
  readonly entity: EntityType;
  /** Of labels: a tag of BCP 47. */
  readonly language: string;
}

export function typeName(entity: string): string {
  return `${NAMESPACE}.${entity}`;
}

/** Digits of a second that are kept. */
const FRACTION = 6;

export function propertyOf(scope: PropertyScope, property: Property): Csdl {
  return { ...typeOf(property), ...annotationsOf(scope, property) };
}

function typeOf(property: Property): Csdl {
  const collection = /^Collection\((.*)\)$/.exec(property.type)?.[1];
  const type = collection ?? property.type;
  const { maxLength, precision, scale = 0 } = property;
  return {
    ...(collection === undefined ? {} : { $Collection: true }),
    // Edm.String is what a property is unless it says otherwise (CSDL JSON, 7.1).
    ...(type === 'Edm.String' ? {} : { $Type: type }),
    ...(property.nullable && collection === undefined ? { $Nullable: true } : {}),
    ...(type === 'Edm.String' && maxLength !== undefined ? { $MaxLength: maxLength } : {}),
    ...(type === 'Edm.Decimal' ? { ...(precision === undefined ? {} : { $Precision: precision }), $Scale: scale } : {}),
    ...(type === 'Edm.DateTimeOffset' || type === 'Edm.Duration' ? { $Precision: FRACTION } : {}),
    ...(isScalar(property.default) ? { $DefaultValue: property.default } : {}),
  };
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function annotationsOf(scope: PropertyScope, property: Property): Csdl {
  const { entity, language } = scope;
  const field = property.field === null ? undefined : entity.fields.get(property.field);
  const main = field?.properties[0] === property.name ? field : undefined;
  const description = main?.document.description;
  return {
    ...(main === undefined ? {} : { '@Core.Description': labelText(main.label, language) }),
    ...(description === undefined ? {} : { '@Core.LongDescription': labelText(description, language) }),
    ...writing(scope, property),
    ...validation(property),
    ...(property.values === undefined ? {} : { '@Validation.AllowedValues': allowedValues(scope, property) }),
    ...(property.money?.currency ? { '@Measures.ISOCurrency': { $Path: property.money.currency } } : {}),
  };
}

/** Limits of a number, and the pattern of a text, that every written value is held to (the payload schema says the same). */
function validation({ valueSchema = {} }: Property): Csdl {
  const { minimum, maximum } = (valueSchema.exactDecimal ?? valueSchema.exactInteger ?? {}) as NumberLimits;
  const { pattern } = valueSchema;
  return {
    ...(isExact(minimum) ? { '@Validation.Minimum': Number(minimum) } : {}),
    ...(isExact(maximum) ? { '@Validation.Maximum': Number(maximum) } : {}),
    ...(typeof pattern === 'string' ? { '@Validation.Pattern': pattern } : {}),
  };
}

interface NumberLimits {
  readonly minimum?: string;
  readonly maximum?: string;
}

/** Whether a JSON number holds the limit: those of 64 bits, which the type has anyway, it does not. */
const isExact = (limit: string | undefined): boolean => limit !== undefined && String(Number(limit)) === limit;

/** Whether clients write the property, once or at all, and whether it gets a value without them. */
function writing({ entity, principal }: PropertyScope, property: Property): Csdl {
  const imports = property.importable === true && principal.capabilities.has('import');
  const permitted = mayUse(principal, entity, property, 'create') || mayUse(principal, entity, property, 'update');
  if ((property.readOnly && !imports) || !permitted) return { '@Core.Computed': true, '@Core.Permissions': 'Read' };
  const given = property.field === null || property.default !== undefined;
  return {
    ...(property.readOnlyAfterCreate || imports ? { '@Core.Immutable': true } : {}),
    ...(given ? { '@Core.ComputedDefaultValue': true } : {}),
  };
}

/** Every value that a record may hold, with its label. */
function allowedValues(
  { model, entity, language }: PropertyScope,
  { name, type, values = [] }: Property,
): readonly Csdl[] {
  const label = displayValues(model, entity).get(name);
  return values.map((value) => {
    const text = label?.(type.startsWith('Collection(') ? [value] : value, language, {});
    return { Value: value, ...(text === undefined ? {} : { '@Core.Description': text }) };
  });
}
