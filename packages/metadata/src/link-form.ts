// Form documents -> forms: fields, related lists and their views resolved. What is hidden is left out and not looked at.
import type { FormDocument, FormSectionDocument } from './documents.ts';
import { pointerTo } from './json-pointer.ts';
import { isBrokenName } from './link-condition.ts';
import type { EntityDraft, ReportHere } from './link-entity.ts';
import { isLostNavigation } from './link-path.ts';
import { entityOf, headOf, type PresentationContext, placedMembers, withOneDefault } from './link-view.ts';
import type { Form, FormSection, View } from './model.ts';

/** Columns of a section that does not say. */
export const FORM_COLUMNS = 2;

/** All forms by name. Reports unknown entities, fields, navigations and views, spans that do not fit, second defaults. */
export function linkForms(context: PresentationContext, views: ReadonlyMap<string, View>): ReadonlyMap<string, Form> {
  const forms = [...context.documents.forms.values()].flatMap((document) => {
    const entity = entityOf('form', document, context);
    return entity === undefined ? [] : [linkForm(document, entity, context, views)];
  });
  return withOneDefault('form', forms, context);
}

function linkForm(
  document: FormDocument,
  entity: EntityDraft,
  context: PresentationContext,
  views: ReadonlyMap<string, View>,
): Form {
  const report: ReportHere = (pointer, code, reason, hint) =>
    context.report('form', document.name, pointer, code, reason, hint);
  const sections = placedMembers(document.sections).map(([name, section]) =>
    linkSection(name, section, entity, report),
  );
  if (sections.length === 0) report('/sections', 'nothing_shown', 'Every section is hidden');
  const related = linkRelated(document, entity, context, views, report);
  return { ...headOf(document), sections, related };
}

function linkSection(name: string, section: FormSectionDocument, entity: EntityDraft, report: ReportHere): FormSection {
  const { label, columns = FORM_COLUMNS } = section;
  const fields = placedMembers(section.fields).map(([field, { span = 1, read_only }]) => {
    const pointer = pointerTo('sections', name, 'fields', field);
    checkField(field, pointer, entity, report);
    if (span > columns) {
      const reason = `${field} spans ${span} columns; the section has ${columns}`;
      report(`${pointer}/span`, 'invalid_span', reason, 'Raise columns of the section');
    }
    return { name: field, span, readOnly: read_only === true };
  });
  return { name, label, columns, fields };
}

/** A field of the entity, or a property that every record of it has. */
function checkField(name: string, pointer: string, entity: EntityDraft, report: ReportHere): void {
  const field = entity.fields.find((each) => each.name === name);
  if (field !== undefined && field.properties.length > 0) return;
  if (entity.properties.get(name)?.field === null || entity.broken.has(name)) return;
  const owner = entity.properties.get(name)?.field ?? undefined;
  const hint = owner === undefined ? undefined : `${name} is a property of the field ${owner}`;
  if (field === undefined) report(pointer, 'unknown_field', `There is no field ${name} on ${entity.name}`, hint);
  else report(pointer, 'unknown_field', `${name} holds many records`, 'List them under related');
}

function linkRelated(
  document: FormDocument,
  entity: EntityDraft,
  { drafts, documents }: PresentationContext,
  views: ReadonlyMap<string, View>,
  report: ReportHere,
): Form['related'] {
  return placedMembers(document.related ?? {}).map(([name, { view = null }]) => {
    const pointer = pointerTo('related', name);
    const navigation = entity.navigations.get(name);
    if (navigation !== undefined && !navigation.collection) {
      report(
        pointer,
        'unknown_navigation',
        `${name} of ${entity.name} leads to one record`,
        'Name its field in a section',
      );
    } else if (navigation === undefined && !isLostNavigation(name, drafts, documents) && !isBrokenName(entity, name)) {
      report(pointer, 'unknown_navigation', `${entity.name} has no list of records ${name}`);
    }
    if (view !== null && navigation !== undefined && !documents.isBroken('view', view)) {
      checkView(view, navigation.target, `${pointer}/view`, views, report);
    }
    return { navigation: name, view };
  });
}

function checkView(
  name: string,
  target: string,
  pointer: string,
  views: ReadonlyMap<string, View>,
  report: ReportHere,
): void {
  const view = views.get(name);
  if (view === undefined) report(pointer, 'unknown_view', `There is no view ${name}`);
  else if (view.entity !== target)
    report(pointer, 'unknown_view', `${name} is a view of ${view.entity}, not of ${target}`);
}
