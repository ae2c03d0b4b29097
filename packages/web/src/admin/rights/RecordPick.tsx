// Chooses one record of a set by typing a part of its name: the service searches, the first 20 are offered.

import type { ClientEntity } from '@kartoteka/metadata';
import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { queryText } from '../../data/data-provider.ts';

const OFFERED = 20;
type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export interface RecordPickProps {
  readonly label: string;
  readonly description?: string;
  readonly entity: ClientEntity;
  readonly value: string | null;
  readonly onChange: (id: string | null, title: string | null) => void;
  /** OData text. */
  readonly filter?: string;
  readonly required?: boolean;
  readonly error?: string;
}

export function RecordPick({ label, description, entity, value, onChange, filter, required, error }: RecordPickProps) {
  const api = useApi();
  const t = useTranslate();
  const [typed, setTyped] = useState('');
  const [sought] = useDebouncedValue(typed.trim(), 250);
  const title = entity.display_property;
  const isFiltered = entity.fields[title]?.filterable !== false;
  const quoted = `'${sought.replaceAll("'", "''")}'`;
  const terms = [filter, ...(sought === '' || !isFiltered ? [] : [`contains(tolower(${title}),tolower(${quoted}))`])];
  const path = `${entity.set}${queryText({
    $select: title === 'id' ? 'id' : `id,${title}`,
    $filter: terms.filter((each) => each !== undefined).join(' and '),
    $top: OFFERED,
  })}`;
  const found = useQuery({
    queryKey: ['directory', 'pick', path],
    queryFn: async ({ signal }) => (await api.get<{ readonly value: readonly Row[] }>(path, { signal })).value,
    placeholderData: keepPreviousData,
  });
  const chosen = useQuery({
    queryKey: ['directory', 'pick', entity.set, value],
    enabled: value !== null,
    retry: false,
    queryFn: ({ signal }) => api.get<Row>(`${entity.set}(${value})`, { signal }),
  });
  const nameOf = (row: Row): string => String(row[title] ?? row.id);
  const rows = new Map((found.data ?? []).map((row) => [row.id, nameOf(row)]));
  if (value !== null && !rows.has(value)) rows.set(value, chosen.data === undefined ? value : nameOf(chosen.data));
  return (
    <Select
      label={label}
      description={description}
      searchable
      clearable={required !== true}
      required={required}
      error={error}
      data={[...rows].map(([id, name]) => ({ value: id, label: name }))}
      filter={({ options }) => options}
      value={value}
      onChange={(id) => onChange(id, id === null ? null : (rows.get(id) ?? null))}
      onSearchChange={(text) => setTyped(value !== null && text === rows.get(value) ? '' : text)}
      nothingFoundMessage={t('rights.pick.nothing')}
      placeholder={t('rights.pick.placeholder')}
      rightSection={found.isFetching ? <Loader size={14} /> : undefined}
      maxDropdownHeight={320}
      clearButtonProps={{ 'aria-label': t('rights.pick.clear') }}
    />
  );
}
