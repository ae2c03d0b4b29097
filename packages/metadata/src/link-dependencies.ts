// Values that depend on a parent: resolves what a field names as its parent and checks that its values can be used at all.
// Works on drafts whose navigations are linked.

import { fieldContext } from './field-context.ts';
import type { DependencySpec } from './field-type.ts';
import { pointerTo } from './json-pointer.ts';
import type { LinkContext } from './link.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, FieldDraft, ReportHere } from './link-entity.ts';
import type { Property } from './model.ts';
import type { Steps } from './steps.ts';
import { isStored } from './stored-properties.ts';

/** Fills `dependencies` of every draft. Reports unknown parents and parent values, parents that are secrets, circles. */
export function* linkDependencies(drafts: ReadonlyMap<string, EntityDraft>, context: LinkContext): Steps<void> {
  for (const draft of drafts.values()) {
    yield;
    const report: ReportHere = (pointer, code, reason, hint) =>
      context.report('entity', draft.name, pointer, code, reason, hint);
    for (const field of draft.fields) {
      const spec = field.type.dependency?.(field.document, fieldContext(field.name, context));
      if (spec !== undefined) linkDependency(draft, field, spec, drafts, report);
    }
    refuseCircles(draft, report);
  }
}

function linkDependency(
  draft: EntityDraft,
  field: FieldDraft,
  spec: DependencySpec,
  drafts: ReadonlyMap<string, EntityDraft>,
  report: ReportHere,
): void {
  const pointer = pointerTo('fields', field.name, 'parent');
  const [first = '', second] = spec.path.split('/');
  if (isBrokenName(draft, first)) return;
  const parent = second === undefined ? ownParent(draft, first) : parentOver(draft, first, second, drafts);
  if (parent === 'broken') return;
  if (typeof parent === 'string') {
    report(pointer, 'invalid_parent', parent);
    return;
  }
  if (parent.secured && field.document.secured !== true) {
    const hint = 'Secure the field, too';
    report(pointer, 'invalid_parent', `${spec.path} is secured, and what is refused would tell its value`, hint);
  }
  for (const [value, parents] of spec.parents) {
    const unknown = parents.filter((each) => parent.values?.includes(each) !== true);
    if (unknown.length === 0) continue;
    const reason = `The value ${value} has the parents ${unknown.join(', ')}, which are no values of ${spec.path}`;
    report(pointer, 'invalid_parent', reason, `Values are ${parent.values?.slice(0, 20).join(', ')}`);
  }
  checkDefaults(field, spec, parent, second !== undefined, report);
  const navigation = second === undefined ? null : first;
  draft.dependencies.set(field.name, { navigation, property: parent.name, parents: spec.parents });
}

/** The property of a field of the record itself; a reason when it cannot be a parent. */
function ownParent(draft: EntityDraft, name: string): Property | string {
  const field = draft.fields.find((each) => each.name === name);
  const property = draft.properties.get(field?.properties[0] ?? '');
  if (field === undefined || property === undefined) return `There is no field ${name}`;
  return hasOneOfValues(property) ? property : `${name} is no choice of one value`;
}

function parentOver(
  draft: EntityDraft,
  lookup: string,
  name: string,
  drafts: ReadonlyMap<string, EntityDraft>,
): Property | string {
  const navigation = draft.navigations.get(lookup);
  if (navigation === undefined || navigation.collection || navigation.field === null)
    return `There is no lookup ${lookup} that leads to one record`;
  const target = drafts.get(navigation.target);
  if (target === undefined || isBrokenName(target, name)) return 'broken';
  const property = target.properties.get(name);
  if (property === undefined) return `There is no property ${name} on ${target.name}`;
  return hasOneOfValues(property) ? property : `${lookup}/${name} is no choice of one value`;
}

const hasOneOfValues = (property: Property): boolean =>
  property.values !== undefined && property.type === 'Edm.String' && isStored(property);

/** A record for which the client names neither would always be refused. */
function checkDefaults(
  field: FieldDraft,
  spec: DependencySpec,
  parent: Property,
  foreign: boolean,
  report: ReportHere,
): void {
  const given = field.document.default;
  if (foreign || given === undefined || parent.default === undefined) return;
  for (const value of [given].flat() as string[]) {
    const parents = spec.parents.get(value);
    if (parents === undefined || parents.includes(String(parent.default))) continue;
    const reason = `The default ${value} does not go with the default ${String(parent.default)} of ${spec.path}`;
    report(pointerTo('fields', field.name, 'default'), 'invalid_default', reason);
  }
}

/** Fields whose values wait for each other. A parent in another record is no circle: that record is written by itself. */
function refuseCircles(draft: EntityDraft, report: ReportHere): void {
  const parents = new Map(
    [...draft.dependencies].flatMap(([field, { navigation, property }]) =>
      navigation === null ? [[field, draft.properties.get(property)?.field ?? '']] : [],
    ),
  );
  const done = new Set<string>();
  for (const field of parents.keys()) {
    const path: string[] = [];
    for (let at: string | undefined = field; at !== undefined && !done.has(at); at = parents.get(at)) {
      const start = path.indexOf(at);
      path.push(at);
      if (start < 0) continue;
      const circle = path.slice(start).join(' -> ');
      const pointer = pointerTo('fields', at, 'parent');
      report(pointer, 'circular_parent', `The values of fields depend on each other in a circle: ${circle}`);
      break;
    }
    for (const each of path) done.add(each);
  }
}
