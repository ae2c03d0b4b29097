// Columns of an export of a list: what is shown of its records, or of the rows that $apply makes of them, flattened.
import type { EntityType, Model, Property } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { ApplyPlan, RowColumn } from '../plan/apply-plan.ts';
import type { SelectNode } from '../plan/read-plan.ts';
import type { ExportColumn } from './table.ts';
import { joinedTitle, navigationTitle, pathTitle, propertyTitle } from './titles.ts';

interface Place {
  readonly path: readonly string[];
  readonly titles: readonly string[];
}

const TOP: Place = { path: [], titles: [] };

/** Columns of a select, to-one expands flattened; `visible` tells what a select of everything means. Throws not_supported. */
export function recordColumns(
  select: SelectNode,
  visible: (entity: EntityType) => readonly Property[],
  language: string,
  within: Place = TOP,
): readonly ExportColumn[] {
  const column = (name: string, type: ExportColumn['type'], title: string): ExportColumn => {
    const path = [...within.path, name];
    return { name: path.join('/'), path, type, title: joinedTitle([...within.titles, title]) };
  };
  const own = (select.properties ?? visible(select.entity)).map((property) =>
    column(property.name, property.type, propertyTitle(select.entity, property, language)),
  );
  const computed = (select.computed ?? []).flatMap(({ name, type, shown }) =>
    shown ? [column(name, type.edm, name)] : [],
  );
  const expanded = select.expands.flatMap(({ navigation, form, query, select: inner }) => {
    if (query !== null)
      throw new PlatformError('not_supported', { what: 'A collection in CSV or XLSX' }, { target: '$expand' });
    if (form !== 'records')
      throw new PlatformError(
        'not_supported',
        { what: `${navigation.name}/$ref in CSV or XLSX` },
        { target: '$expand' },
      );
    const title = navigationTitle(select.entity, navigation, language);
    return recordColumns(inner, visible, language, {
      path: [...within.path, navigation.name],
      titles: [...within.titles, title],
    });
  });
  return [...own, ...computed, ...expanded];
}

/** Columns of the rows of $apply that are shown. */
export function rowColumns(model: Model, plan: ApplyPlan, language: string): readonly ExportColumn[] {
  return plan.shown.map((number) => {
    const { path, type } = plan.columns[number] as RowColumn;
    const title = pathTitle((name) => model.entities.get(name), plan.entity, path, language);
    return { name: path.join('/'), path, type: type.edm, title };
  });
}
