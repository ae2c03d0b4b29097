// What a chip says: the property, the question, the values as people read them.
import { useQueries } from '@tanstack/react-query';
import { useLocaleState, useTranslate } from 'ra-core';
import { useText } from '../../data/model.tsx';
import { choiceOptions } from '../../fields/choices.ts';
import { formatDuration } from '../../fields/duration-text.ts';
import { lookupOf } from '../../fields/lookups.ts';
import { formatDay, formatMoment } from '../../fields/moments.ts';
import { useTimeZone } from '../../fields/use-time-zone.ts';
import { formatNumber } from '../../ui/index.ts';
import { useColumnLabel } from '../columns/labels.ts';
import { type Place, placeOf } from '../columns/resolve.ts';
import type { List } from '../use-list.ts';
import { type Chip, type FilterPart, isRaw } from './filter.ts';
import type { FilterKind } from './operators.ts';

export interface ChipText {
  readonly name: string;
  readonly rest: string;
  /** All of it. */
  readonly title: string;
}

/** As many values are named; of the others the number. */
const NAMED = 3;

export function useChipText(list: List, part: FilterPart): ChipText {
  const translate = useTranslate();
  const labelOf = useColumnLabel();
  const chip = isRaw(part) ? undefined : part;
  const place = chip === undefined ? undefined : placeOf(list.model, list.entity, chip.path);
  const valueText = useValueText(list, place, chip);
  if (isRaw(part) || place === undefined || chip === undefined) {
    const rest = isRaw(part) ? part.raw : part.path;
    return { name: translate('list.filter.expression_chip'), rest, title: rest };
  }
  const name = labelOf(place);
  const values = chip.values.map(valueText);
  const more = values.length - NAMED;
  const some = more > 0 ? [...values.slice(0, NAMED), translate('list.filter.more', { smart_count: more })] : values;
  const question = translate(`list.operator.${chip.operator}`, {
    days: chip.values[0] ?? '',
    smart_count: Number(chip.values[0] ?? 0),
  });
  const say = (shown: readonly string[]): string => {
    if (chip.operator === 'last_days' || chip.operator === 'next_days') return question;
    if (chip.operator === 'between') return `${shown[0] ?? ''} – ${shown[1] ?? ''}`;
    return shown.length === 0 ? question : `${question} ${shown.join(', ')}`;
  };
  return { name, rest: say(some), title: `${name} ${say(values)}` };
}

type Format = (value: string) => string;

function useValueText(list: List, place: Place | undefined, chip: Chip | undefined): Format {
  const [locale] = useLocaleState();
  const zone = useTimeZone();
  const text = useText();
  const titles = useTitles(list, place, chip);
  const choices = place === undefined ? [] : choiceOptions(list.model, place.field);
  const choice: Format = (value) => text(choices.find((option) => option.value === value)?.label) || value;
  const title: Format = (id) => titles.get(id) ?? '…';
  const formats: Partial<Record<FilterKind, Format>> = {
    number: (value) => formatNumber(value, locale),
    date: (value) => formatDay(value, locale),
    datetime: (value) => formatMoment(value, locale, zone),
    duration: (value) => formatDuration(value, locale),
    ...{ choice, choices: choice, lookup: title, owner: title, links: title },
  };
  return formats[chip?.kind ?? 'text'] ?? ((value) => value);
}

/** Titles of the records that a chip names, asked for together per entity; a hidden one stays its id. */
function useTitles(
  { api, model, entity }: List,
  place: Place | undefined,
  chip: Chip | undefined,
): ReadonlyMap<string, string> {
  const isOfRecords = chip !== undefined && ['lookup', 'owner', 'links'].includes(chip.kind);
  const ids = isOfRecords ? chip.values.slice(0, MOST_TITLES) : [];
  const targets = place === undefined || ids.length === 0 ? [] : targetsOf({ model, entity }, place);
  const answers = useQueries({
    queries: targets.map((target) => ({
      queryKey: ['list-titles', target.set, ids],
      queryFn: async (): Promise<readonly (readonly [string, string])[]> => {
        const title = target.display_property;
        const filter = encodeURIComponent(`id in (${ids.join(',')})`);
        const { value } = await api.get<{ value: Record<string, unknown>[] }>(
          `${target.set}?$select=id,${title}&$filter=${filter}`,
        );
        return value.map((record) => [String(record.id), String(record[title] ?? '')]);
      },
      staleTime: 60_000,
    })),
  });
  const isDone = answers.every(({ isPending }) => !isPending);
  const unknown = isDone ? ids.map((id) => [id, id.slice(0, 8)] as const) : [];
  return new Map([...unknown, ...answers.flatMap(({ data }) => data ?? [])]);
}

const MOST_TITLES = 50;

/** Entities whose records a place can name. */
export function targetsOf({ model }: Pick<List, 'model' | 'entity'>, { entity, field }: Place) {
  const target = (field.control.props as { target?: string }).target;
  const linked = target === undefined ? undefined : model.entities[target];
  return linked === undefined ? (lookupOf(model, entity, field)?.targets ?? []) : [linked];
}
