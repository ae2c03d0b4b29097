// From a form document to what a page shows: sections with fields, facts of the header, lists of related records. Pure.
import type { ClientEntity, ClientField, ClientForm, ClientModel, Text } from '@kartoteka/metadata';
import { controlOf } from '../fields/registry.ts';
import { fieldOf } from '../fields/system-fields.ts';
import { mainProperty } from '../fields/types.ts';
import type { Writable } from './draft.ts';

export interface LaidField {
  readonly field: ClientField;
  /** Columns of the section that it covers. */
  readonly span: number;
  readonly readOnly: boolean;
}

export interface LaidSection {
  readonly name: string;
  readonly label: Text | undefined;
  readonly columns: number;
  readonly fields: readonly LaidField[];
}

export interface Layout {
  readonly sections: readonly LaidSection[];
  readonly related: readonly { readonly navigation: string; readonly view: string | null }[];
}

const COLUMNS = 2;

/** What is done with the record: some fields may be given at create only, or be written by other roles then. */
export type Operation = 'create' | 'update';

/** Whether nobody, or not this user, writes the field by this operation. */
export function isLocked(field: ClientField, operation: Operation): boolean {
  if (field.read_only || (operation === 'update' && field.read_only_after_create === true)) return true;
  return field.secured !== undefined && !(field.secured[operation] && (operation === 'create' || field.secured.read));
}

/** The form with what the operation may not write locked. */
export function layoutFor(entity: ClientEntity, operation: Operation): Layout {
  const layout = layoutOf(entity);
  const sections = layout.sections.map((section) => ({
    ...section,
    fields: section.fields.map((each) => ({ ...each, readOnly: each.readOnly || isLocked(each.field, operation) })),
  }));
  return { ...layout, sections };
}

/** The form that a record is shown with: the default one, else the first, else every field in one section. */
export function layoutOf(entity: ClientEntity): Layout {
  const form = entity.forms.find((each) => each.default) ?? entity.forms[0];
  return form === undefined ? derivedLayout(entity) : documentLayout(entity, form);
}

function documentLayout(entity: ClientEntity, form: ClientForm): Layout {
  const sections = form.sections.map((section) => ({
    name: section.name,
    label: section.label,
    columns: section.columns,
    // A field that the reader may not know of is not in the entity.
    fields: section.fields.flatMap(({ name, span, readOnly }): LaidField[] => {
      const field = fieldOf(entity, name);
      return field === undefined ? [] : [laid(field, Math.min(span, section.columns), readOnly)];
    }),
  }));
  return {
    sections: sections.filter(({ fields }) => fields.length > 0),
    related: form.related.filter(({ navigation }) => entity.navigations[navigation]?.many === true),
  };
}

const laid = (field: ClientField, span: number, readOnly: boolean): LaidField => ({ field, span, readOnly });

function derivedLayout(entity: ClientEntity): Layout {
  const fields = Object.values(entity.fields).filter(({ properties }) => properties.length > 0);
  const lists = Object.entries(entity.navigations).filter(([, { many }]) => many);
  const all = fields.map((field) => laid(field, controlOf(field).isWide === true ? COLUMNS : 1, false));
  return {
    sections: all.length === 0 ? [] : [{ name: 'fields', label: undefined, columns: COLUMNS, fields: all }],
    related: lists.map(([navigation]) => ({ navigation, view: null })),
  };
}

/** Facts that the header of a record shows beside its title: who owns it, its stage, an amount, a day. At most four. */
export function keyFacts(
  entity: ClientEntity,
  model: Pick<ClientModel, 'choices'>,
  layout: Layout,
): readonly ClientField[] {
  const shown = layout.sections.flatMap(({ fields }) => fields.map(({ field }) => field));
  const title = entity.display_property;
  const others = shown.filter((field) => !field.properties.includes(title) && field.secured?.read !== false);
  const firstWith = (widget: string, test: (field: ClientField) => boolean = () => true): ClientField | undefined =>
    others.find((field) => field.control.widget === widget && test(field));
  const isStage = (field: ClientField): boolean => {
    const { choice } = field.options as { choice?: string };
    const values = Object.values((choice === undefined ? undefined : model.choices[choice]?.values) ?? {});
    return values.some((value) => (value as { category?: string }).category !== undefined);
  };
  const owner = fieldOf(entity, 'owner_id');
  const facts = [
    firstWith('select', isStage) ?? firstWith('select'),
    firstWith('money') ?? firstWith('computed'),
    firstWith('lookup', ({ name }) => name !== 'owner_id'),
    owner,
    firstWith('date') ?? firstWith('datetime'),
  ];
  return [...new Set(facts)].filter((field) => field !== undefined).slice(0, 4);
}

const isNumeric = (field: ClientField): boolean =>
  controlOf(field).isNumeric === true && field.control.widget !== 'duration';

/** What a form writes: the properties of its fields that may be written, in groups that are sent together. */
export function writableOf(fields: readonly LaidField[]): Writable {
  const open = fields.filter(
    ({ field, readOnly }) => !readOnly && !field.read_only && controlOf(field).Input !== undefined,
  );
  const groups = open.flatMap(({ field }): (readonly string[])[] => {
    const main = mainProperty(field);
    if (field.control.widget === 'lookup') return [field.properties];
    if (field.control.widget === 'money')
      return [[main], [`${main}_currency`]].filter(([name]) => field.properties.includes(name ?? ''));
    return field.properties.map((property) => [property]);
  });
  const numeric = open.filter(({ field }) => isNumeric(field)).map(({ field }) => mainProperty(field));
  return { groups, numeric: new Set(numeric) };
}

/** Fields of a quick create: what must be given, the title, and the first ones of the form; eight at most. */
export function quickFields(entity: ClientEntity, given: Readonly<Record<string, unknown>>): readonly LaidField[] {
  const all = layoutFor(entity, 'create').sections.flatMap(({ fields }) => fields);
  const inForm = new Set(all.map(({ field }) => field.name));
  const missing = Object.values(entity.fields).filter((field) => field.required && !inForm.has(field.name));
  const candidates = [...all, ...missing.map((field) => laid(field, COLUMNS, false))].filter(
    ({ field, readOnly }) =>
      !readOnly && !field.read_only && controlOf(field).Input !== undefined && field.name !== 'owner_id',
  );
  const isNeeded = ({ field }: LaidField): boolean =>
    field.required ||
    field.properties.includes(entity.display_property) ||
    field.properties.some((name) => name in given);
  const needed = candidates.filter(isNeeded);
  const rest = candidates.filter((each) => !isNeeded(each) && controlOf(each.field).isWide !== true);
  const chosen = new Set([...needed, ...rest.slice(0, Math.max(0, 8 - needed.length))]);
  return candidates.filter((each) => chosen.has(each));
}

/** The values that a new record begins with: what the documents say, then what is given. */
export function defaultsOf(
  entity: ClientEntity,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const defaults = Object.values(entity.fields).flatMap((field) =>
    field.default === undefined ? [] : [[mainProperty(field), field.default] as const],
  );
  const currencies = Object.values(entity.fields).flatMap((field) => {
    const [first] = (field.control.props as { currencies?: readonly string[] }).currencies ?? [];
    return first === undefined ? [] : [[`${mainProperty(field)}_currency`, first] as const];
  });
  return { ...Object.fromEntries([...currencies, ...defaults]), ...given };
}
