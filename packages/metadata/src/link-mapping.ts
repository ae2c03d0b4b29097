// Mapping documents -> mappings: both entities resolved, every mapped property checked to take what it is given.
import type { MappingDocument } from './documents.ts';
import { expressionType } from './entity-scope.ts';
import { checkFieldValue } from './field-value.ts';
import { pointerTo } from './json-pointer.ts';
import { expandFormulas, linkExpression } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import { resolveName } from './link-path.ts';
import type { PresentationContext } from './link-view.ts';
import type { MappedProperty, Mapping, Property } from './model.ts';
import { readsRecords } from './stored-properties.ts';

/** All mappings by name. Reports unknown names, what a property cannot take, and a second active one of the same entities. */
export function linkMappings(context: PresentationContext): ReadonlyMap<string, Mapping> {
  const taken = new Map<string, string>();
  const mappings = [...context.documents.mappings.values()].flatMap((document): Mapping[] => {
    const { name, label, description } = document;
    const report: ReportHere = (pointer, code, reason, hint) =>
      context.report('mapping', name, pointer, code, reason, hint);
    const [from, to] = [sideOf('from', document, context, report), sideOf('to', document, context, report)];
    const active = document.active !== false;
    if (active) checkOnly(document, taken, report);
    if (from === undefined || to === undefined) return [];
    const fields = Object.entries(document.fields).flatMap(([property, given]) => {
      const mapped = linkMapped(property, given, from, to, report);
      return mapped === undefined ? [] : [mapped];
    });
    const texts = description === undefined ? { label } : { label, description };
    return [{ name, from: from.name, to: to.name, ...texts, fields, active }];
  });
  return new Map(mappings.map((mapping) => [mapping.name, mapping]));
}

function sideOf(
  side: 'from' | 'to',
  document: MappingDocument,
  { drafts, documents }: PresentationContext,
  report: ReportHere,
): EntityDraft | undefined {
  const name = document[side];
  const draft = drafts.get(name);
  if (draft === undefined && !documents.isBroken('entity', name)) {
    report(`/${side}`, 'unknown_entity', `There is no entity ${name}`);
  }
  return draft;
}

function checkOnly({ name, from, to }: MappingDocument, taken: Map<string, string>, report: ReportHere): void {
  const other = taken.get(`${from} ${to}`);
  taken.set(`${from} ${to}`, name);
  if (other === undefined) return;
  const reason = `${other} maps ${from} to ${to} already`;
  report('/active', 'duplicate_mapping', reason, 'Extend that one, or say "active": false of one of them');
}

function linkMapped(
  name: string,
  given: MappingDocument['fields'][string],
  from: EntityDraft,
  to: EntityDraft,
  report: ReportHere,
): MappedProperty | undefined {
  const pointer = pointerTo('fields', name);
  const found = resolveName(name, to, new Map());
  if (found.kind === 'unknown') report(pointer, 'unknown_property', found.reason, found.hint);
  if (found.kind !== 'property') return undefined;
  const { property } = found;
  if (property.readOnly || property.computed !== undefined || property.field === null) {
    report(pointer, 'not_writable', `${name} of ${to.name} is written by nobody`);
    return undefined;
  }
  if (typeof given !== 'string') return linkValue(property, given.value, `${pointer}/value`, report);
  const source = from.properties.get(given);
  return source === undefined
    ? linkComputedValue(property, given, from, pointer, report)
    : linkCopied(property, source, { from, to, pointer }, report);
}

function linkValue(
  property: Property,
  value: unknown,
  pointer: string,
  report: ReportHere,
): MappedProperty | undefined {
  const reason = value === null ? nullReason(property) : valueReason(property, value);
  if (reason === undefined) return { property: property.name, value };
  report(pointer, 'invalid_value', `${property.name} ${reason}`);
  return undefined;
}

const nullReason = ({ nullable }: Property): string | undefined => (nullable ? undefined : 'cannot be null');

function valueReason(property: Property, value: unknown): string | undefined {
  const finding = checkFieldValue(property.valueSchema ?? {}, value);
  return finding ?? undefined;
}

/** A value as it stands in the source: of the same type, of the same closed set, of the same entities. */
function linkCopied(
  property: Property,
  source: Property,
  { from, to, pointer }: { readonly from: EntityDraft; readonly to: EntityDraft; readonly pointer: string },
  report: ReportHere,
): MappedProperty | undefined {
  const mapped = { property: property.name, source: source.name };
  const refuse = (code: string, reason: string, hint?: string) => {
    report(pointer, code, reason, hint);
    return undefined;
  };
  if (!guards(source, property))
    return refuse('secured_source', `${source.name} is secured, and ${property.name} is not`);
  const widens = source.type === 'Edm.Int64' && property.type === 'Edm.Decimal';
  if (source.type !== property.type && !widens) {
    return refuse('type_mismatch', `${property.name} is ${property.type}, ${source.name} is ${source.type}`);
  }
  const missing = property.values === undefined ? [] : missingValues(property.values, source.values);
  if (missing === undefined)
    return refuse('type_mismatch', `${property.name} takes values of a list, ${source.name} has any`);
  if (missing.length > 0) {
    return refuse('type_mismatch', `${property.name} has no value ${missing.join(', ')}, which ${source.name} has`);
  }
  const [theirs, ours] = [targetsOf(from, source.name), targetsOf(to, property.name)];
  if (theirs.some((target) => !ours.includes(target))) {
    return refuse(
      'type_mismatch',
      `${source.name} leads to ${theirs.join(', ')}, ${property.name} to ${ours.join(', ')}`,
    );
  }
  return mapped;
}

const guards = (source: Property, property: Property): boolean => !source.secured || property.secured;

const missingValues = (
  wanted: readonly string[],
  there: readonly string[] | undefined,
): readonly string[] | undefined => there?.filter((value) => !wanted.includes(value));

/** Entities that a lookup's property leads to; none for other properties. */
function targetsOf({ navigations }: EntityDraft, property: string): readonly string[] {
  const own = [...navigations.values()].filter((each) => !each.collection && each.property === property);
  return own.map(({ target }) => target);
}

function linkComputedValue(
  property: Property,
  text: string,
  from: EntityDraft,
  pointer: string,
  report: ReportHere,
): MappedProperty | undefined {
  const say = (reason: string, hint?: string) => report(pointer, 'invalid_expression', reason, hint);
  const place = { expects: expressionType(property.type), what: 'a mapping' };
  const linked = linkExpression(text, from, place, say);
  if (linked === null) return undefined;
  for (const source of linked.named.filter((each) => !guards(each, property))) {
    report(pointer, 'secured_source', `${source.name} is secured, and ${property.name} is not`);
    return undefined;
  }
  const other = linked.named.find((each) => readsRecords(each));
  if (other !== undefined) {
    say(`${other.name} is computed from other records, which a mapping cannot use in an expression`);
    return undefined;
  }
  const expression = expandFormulas(linked.expression, from, say);
  return expression === null ? undefined : { property: property.name, expression };
}
