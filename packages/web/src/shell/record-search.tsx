// Records that have the words, of the entities in the navigation: one request for each, the first few records of each.
import type { ClientEntity } from '@kartoteka/metadata';
import { useQueries } from '@tanstack/react-query';
import { useLocaleState } from 'ra-core';
import { useNavigate } from 'react-router';
import { useApi } from '../data/api.ts';
import { queryText, recordPath } from '../data/data-provider.ts';
import { useModel } from '../data/model.tsx';
import { textIn } from '../data/text-in.ts';
import { EntityIcon } from '../ui/icons.tsx';
import type { Command } from './commands.tsx';
import { recordPlaces } from './places.ts';

/** Entities that are searched, records of each. */
const ENTITIES = 8;
const RECORDS = 4;
const SHORTEST = 2;

interface Found {
  readonly value: readonly Readonly<Record<string, unknown>>[];
}

/** One phrase of words, as `$search` writes it. */
export const searchText = (words: string): string =>
  words
    .split(/\s+/)
    .map((word) => `"${word.replaceAll(/["\\]/g, '\\$&')}"`)
    .join(' ');

const isSearchable = (entity: ClientEntity): boolean =>
  Object.values(entity.fields).some(({ searchable }) => searchable);

export function useRecordSearch(words: string): { found: readonly Command[]; isSearching: boolean; failed: boolean } {
  const api = useApi();
  const model = useModel();
  const navigate = useNavigate();
  const [locale] = useLocaleState();
  const entities = recordPlaces(model, locale).main.filter(isSearchable).slice(0, ENTITIES);
  const results = useQueries({
    queries: entities.map(({ set, display_property: title }) => ({
      queryKey: ['palette', set, words],
      enabled: words.length >= SHORTEST,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.get<Found>(`${set}${queryText({ $search: searchText(words), $select: `id,${title}`, $top: RECORDS })}`, {
          signal,
        }),
    })),
  });
  const found = results.flatMap(({ data }, at) => {
    const entity = entities[at];
    if (entity === undefined || data === undefined) return [];
    return data.value.map((record): Command => {
      const id = String(record.id);
      const label = String(record[entity.display_property] ?? id);
      const description = textIn(entity.label, locale);
      const run = (): void => void navigate(`/records/${recordPath(entity.set, id)}`);
      return { id, group: 'records', label, description, icon: <EntityIcon entity={entity} />, run };
    });
  });
  return {
    found,
    isSearching: results.some(({ isFetching }) => isFetching),
    failed: results.some(({ isError }) => isError),
  };
}
