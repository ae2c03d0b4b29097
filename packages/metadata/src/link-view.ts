// View documents -> views: every name they use of their entity resolved, the filter checked. What is hidden is left out
// and not looked at.
import type { DocumentKind, PlacedDocument, ViewDocument } from './documents.ts';
import { entityScope } from './entity-scope.ts';
import { checkExpression } from './expression/check.ts';
import { parseExpression } from './expression/parse.ts';
import { pointerTo } from './json-pointer.ts';
import type { Report } from './link.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import { isLostNavigation, resolveName } from './link-path.ts';
import type { Property, View } from './model.ts';
import type { EffectiveDocuments } from './parse.ts';

/** What linking views and forms may look at. */
export interface PresentationContext {
  readonly drafts: ReadonlyMap<string, EntityDraft>;
  readonly documents: EffectiveDocuments;
  readonly report: Report;
}

/** All views by name. Reports unknown entities and names, filters that do not check, and second defaults. */
export function linkViews(context: PresentationContext): ReadonlyMap<string, View> {
  const views = [...context.documents.views.values()].flatMap((document) => {
    const entity = entityOf('view', document, context);
    return entity === undefined ? [] : [linkView(document, entity, context)];
  });
  return withOneDefault('view', views, context);
}

function linkView(document: ViewDocument, entity: EntityDraft, context: PresentationContext): View {
  const { drafts } = context;
  const report: ReportHere = (pointer, code, reason, hint) =>
    context.report('view', document.name, pointer, code, reason, hint);
  const columns = placedMembers(document.columns).map(([path, { width }]) => {
    namedProperty(path, pointerTo('columns', path), entity, drafts, report);
    return width === undefined ? { path } : { path, width };
  });
  if (columns.length === 0) report('/columns', 'nothing_shown', 'Every column is hidden');
  const sort = placedMembers(document.sort ?? {}).map(([path, { direction }]) => {
    checkSortable(path, pointerTo('sort', path), entity, drafts, report);
    return { path, direction };
  });
  const { filter = null, grouping = null } = document;
  if (filter !== null) checkFilter(filter, '/filter', entity, context, report);
  if (grouping !== null) checkSortable(grouping, '/grouping', entity, drafts, report);
  return { ...headOf(document), columns, filter, sort, grouping };
}

/** Name, entity, texts and default of a view or form. */
export function headOf(document: Pick<ViewDocument, 'name' | 'entity' | 'label' | 'description' | 'default'>) {
  const { name, entity, label, description } = document;
  const texts = description === undefined ? { label } : { label, description };
  return { name, entity, ...texts, default: document.default === true };
}

/** The entity a view or form is of; undefined when there is none, which is reported, or it has errors of its own. */
export function entityOf(
  kind: Extract<DocumentKind, 'view' | 'form' | 'duplicate_rule' | 'assignment_rule'>,
  document: { readonly name: string; readonly entity: string },
  { drafts, documents, report }: PresentationContext,
): EntityDraft | undefined {
  const entity = drafts.get(document.entity);
  if (entity === undefined && !documents.isBroken('entity', document.entity)) {
    report(kind, document.name, '/entity', 'unknown_entity', `There is no entity ${document.entity}`);
  }
  return entity;
}

/** Members that are not hidden, in their order; those of the same order as they are written. */
export function placedMembers<T extends PlacedDocument>(members: Readonly<Record<string, T>>): [string, T][] {
  const shown = Object.entries(members).filter(([, member]) => member.hidden !== true);
  return shown.sort(([, a], [, b]) => a.order - b.order);
}

function namedProperty(
  path: string,
  pointer: string,
  entity: EntityDraft,
  drafts: ReadonlyMap<string, EntityDraft>,
  report: ReportHere,
): Property | undefined {
  const found = resolveName(path, entity, drafts);
  if (found.kind === 'unknown') report(pointer, 'unknown_property', found.reason, found.hint);
  return found.kind === 'property' ? found.property : undefined;
}

function checkSortable(
  path: string,
  pointer: string,
  entity: EntityDraft,
  drafts: ReadonlyMap<string, EntityDraft>,
  report: ReportHere,
): void {
  const property = namedProperty(path, pointer, entity, drafts, report);
  if (property?.sortable !== false) return;
  report(pointer, 'not_sortable', `The values of ${path} have no order`);
}

/** As `$filter` is checked, but for values that a choice does not have: in a document they are mistakes. */
export function checkFilter(
  text: string,
  pointer: string,
  entity: EntityDraft,
  { drafts, documents }: PresentationContext,
  report: ReportHere,
): void {
  const parsed = parseExpression(text);
  const scope = entityScope(entity, { entities: drafts });
  let broken = false;
  const watched = {
    ...scope,
    resolve(segments: readonly string[]) {
      broken ||= resolveName(segments.join('/'), entity, drafts).kind === 'broken';
      return scope.resolve(segments);
    },
    records(segments: readonly string[]) {
      const found = scope.records?.(segments);
      if (found === undefined) broken ||= isLostNavigation(segments.at(-1) ?? '', drafts, documents);
      return found;
    },
  };
  const checked = parsed.ok
    ? checkExpression(parsed.expression, watched, { expects: 'boolean', strictValues: true })
    : parsed;
  if (checked.ok || broken) return;
  for (const { message, at, hint } of checked.errors)
    report(pointer, 'invalid_condition', `${message} (at character ${at + 1})`, hint);
}

/**
 * One default per entity. That of an upper layer takes the place of one below it, so that a later base may ship another; two of
 * the same layer are reported.
 */
export function withOneDefault<T extends Pick<View, 'name' | 'entity' | 'default'>>(
  kind: Extract<DocumentKind, 'view' | 'form'>,
  items: readonly T[],
  { documents, report }: PresentationContext,
): ReadonlyMap<string, T> {
  const layerOf = ({ name }: T) => documents.layerOf(kind, name, '/default');
  const chosen = new Map<string, T>();
  for (const item of items.filter((each) => each.default)) {
    const other = chosen.get(item.entity);
    const above = other === undefined ? 1 : documents.compareLayers(layerOf(item), layerOf(other));
    if (other !== undefined && above === 0) {
      const reason = `${other.name} is the default ${kind} of ${item.entity} already`;
      report(kind, item.name, '/default', 'duplicate_default', reason, `Say "default": false of one of them`);
    }
    if (above > 0) chosen.set(item.entity, item);
  }
  const shown = items.map((item) => ({ ...item, default: chosen.get(item.entity) === item }));
  return new Map(shown.map((item) => [item.name, item]));
}
