// Texts with placeholders: `{{first_name}}`, `{{company/name|your company}}`, `{{sender/full_name}}`. Which placeholders an entity has,
// and what a record makes of them. It reads no record and judges no right: what its reader was not shown cannot be filled in.
import { displayValues, type EntityType, ExactNumber, type Model, type Property } from '@kartoteka/metadata';
import { languageOf, zoneOf } from '../mail/words.ts';

type Values = Readonly<Record<string, unknown>>;

/** The user who sends, as a placeholder's first name. */
const SENDER = 'sender';

const PLACEHOLDER = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g;

/** Types whose values can stand in a text. */
const SHOWN: ReadonlySet<string> = new Set([
  ...['Edm.String', 'Edm.Boolean', 'Edm.Int16', 'Edm.Int32', 'Edm.Int64', 'Edm.Decimal', 'Edm.Double'],
  ...['Edm.Date', 'Edm.DateTimeOffset', 'Edm.TimeOfDay'],
]);

interface Place {
  /** Navigation to one other record, or SENDER; null: the record's own. */
  readonly from: string | null;
  readonly entity: EntityType;
  readonly property: Property;
  /** What stands there where the value is empty. */
  readonly otherwise: string;
}

/** Why a text cannot be filled with records of the entity; null: it can. */
export function problemOfText(model: Model, entity: EntityType, text: string): string | null {
  for (const [whole, path = ''] of text.matchAll(PLACEHOLDER))
    if (placeOf(model, entity, path.trim(), '') === null) return `${entity.name} has nothing for ${whole}`;
  return /\{\{|\}\}/.test(text.replaceAll(PLACEHOLDER, ' ')) ? 'it has {{ without }}, or }} without {{' : null;
}

/** Navigations that a record has to be read with to fill the texts, which have no problem. */
export function navigationsOf(model: Model, entity: EntityType, texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)]);
  const places = found.map(([, path = '']) => placeOf(model, entity, path.trim(), ''));
  return [
    ...new Set(places.flatMap((place) => (place?.from == null || isSender(entity, place.from) ? [] : [place.from]))),
  ];
}

/** What a text is filled with: a record of the entity and the user who sends, as a GET answers them. */
export interface Filling {
  readonly model: Model;
  readonly entity: EntityType;
  readonly record: Values;
  readonly sender: Values;
}

/** The text with its placeholders filled, or the property that it needs and that its reader was not shown. */
export function filled(text: string, filling: Filling): { readonly text: string } | { readonly withheld: string } {
  const { model, entity } = filling;
  let withheld: string | null = null;
  const result = text.replaceAll(PLACEHOLDER, (_whole, path: string, otherwise?: string) => {
    const place = placeOf(model, entity, path.trim(), (otherwise ?? '').trim());
    if (place === null) throw new Error(`a text was not checked: ${path}`);
    const value = valueAt(place, filling);
    if (value === undefined) withheld ??= path.trim();
    return value === undefined || value === null || value === ''
      ? place.otherwise
      : shown(model, place, value, filling.record);
  });
  return withheld === null ? { text: result } : { withheld };
}

function placeOf(model: Model, entity: EntityType, path: string, otherwise: string): Place | null {
  const [first = '', second, ...others] = path.split('/');
  if (others.length > 0) return null;
  const from = second === undefined ? null : first;
  const of = from === null ? entity : entityAt(model, entity, from);
  const property = of?.properties.get(second ?? first);
  if (of === undefined || property === undefined || !SHOWN.has(property.type)) return null;
  return { from, entity: of, property, otherwise };
}

function entityAt(model: Model, entity: EntityType, name: string): EntityType | undefined {
  const navigation = entity.navigations.get(name);
  if (navigation !== undefined) return navigation.collection ? undefined : model.entities.get(navigation.target);
  return name === SENDER ? model.entities.get('user') : undefined;
}

/** An entity with a navigation of that name means its own. */
const isSender = (entity: EntityType, from: string): boolean => from === SENDER && !entity.navigations.has(SENDER);

/** Undefined: it was not shown. A record that is not shown at all is as one that is not there. */
function valueAt({ from, property }: Place, { entity, record, sender }: Filling): unknown {
  const holder = from === null ? record : isSender(entity, from) ? sender : record[from];
  if (holder === null || holder === undefined) return null;
  return (holder as Values)[property.name];
}

const WORDS = { en: ['yes', 'no'], ru: ['да', 'нет'] } as const;

/** As people read it: labels of choices, dates in words; other numbers than amounts as the API writes them. */
function shown(model: Model, { entity, property, from }: Place, value: unknown, record: Values): string {
  const { locale, timeZone } = model.organization;
  const language = languageOf(record.language, locale);
  const holder = from === null ? record : ((record[from] ?? {}) as Values);
  const label = displayValues(model, entity).get(property.name)?.(value, language, holder);
  if (label !== undefined) return label;
  if (typeof value === 'boolean') return WORDS[language][value ? 0 : 1];
  if (value instanceof ExactNumber) return value.text;
  if (property.type === 'Edm.Date')
    return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(
      new Date(`${value}T00:00Z`),
    );
  if (property.type !== 'Edm.DateTimeOffset') return String(value);
  const zone = zoneOf(record.time_zone, timeZone);
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: zone });
  return format.format(new Date(String(value)));
}
