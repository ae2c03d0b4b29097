// References to other records: shown by title as links, chosen by searching, with several targets after the kind is chosen; what is
// not there yet is created on the way.

import type { ClientEntity } from '@kartoteka/metadata';
import { Anchor, Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { lazy, Suspense, useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { Link } from 'react-router';
import { useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { EmptyValue } from './EmptyValue.tsx';
import classes from './fields.module.css';
import { choicesPath, knownTitle, type Lookup, lookupOf, targetOf } from './lookups.ts';
import { type DisplayProps, type FieldControl, type InputProps, mainProperty, type RecordValues } from './types.ts';
import { type FreeInputProps, inputProps, useValue } from './use-input.ts';

const QuickCreate = lazy(() => import('../record/QuickCreate.tsx'));

const MOST_CHOICES = 20;
/** Stands among the choices for a record that is still to be made; no id looks like it. */
const NEW = '+new';

/** The title of a record; null where it is hidden or gone, undefined while it is not known. */
export function useTitle(target: ClientEntity | undefined, id: unknown, known?: string): string | null | undefined {
  const api = useApi();
  const query = useQuery({
    queryKey: ['titles', target?.set, id],
    queryFn: async () => {
      const title = target?.display_property ?? 'id';
      const record = await api.get<RecordValues>(`${target?.set}(${id})?$select=${title}`);
      return String(record[title] ?? '');
    },
    enabled: known === undefined && target !== undefined && typeof id === 'string',
    staleTime: 60_000,
    retry: false,
  });
  if (known !== undefined) return known;
  return query.isError ? null : query.data;
}

function LookupDisplay({ entity, field, record, compact }: DisplayProps) {
  const model = useModel();
  const translate = useTranslate();
  const lookup = lookupOf(model, entity, field);
  const id = record[mainProperty(field)];
  const target = lookup === undefined ? undefined : targetOf(lookup, record);
  const known = lookup === undefined ? undefined : knownTitle(lookup, record);
  const title = useTitle(compact === true ? undefined : target, id, known);
  if (id === null || id === undefined) return <EmptyValue />;
  const text = title ?? known;
  if (text === undefined || text === null) {
    return <span className={classes.empty}>{translate('record.field.hidden_record')}</span>;
  }
  if (target === undefined) return <span className={classes.text}>{text}</span>;
  return (
    <Anchor
      component={Link}
      to={`/records/${target.set}/${String(id)}`}
      className={classes.text}
      inherit
      onClick={(event) => event.stopPropagation()}
    >
      {text || translate('record.field.untitled')}
    </Anchor>
  );
}

/** Records to choose from, and the one that is chosen, by title. */
function useChoices(
  target: ClientEntity | undefined,
  id: string | null,
  title: string | null | undefined,
  search: string,
) {
  const api = useApi();
  const [text] = useDebouncedValue(search === title ? '' : search, 200);
  const [opened, setOpened] = useState(false);
  const query = useQuery({
    queryKey: ['choices', target?.set, text],
    queryFn: async ({ signal }) => {
      if (target === undefined) return [];
      const page = await api.get<{ value: RecordValues[] }>(choicesPath(target, text, MOST_CHOICES), { signal });
      return page.value.map((record) => ({
        value: String(record.id),
        label: String(record[target.display_property] ?? ''),
      }));
    },
    enabled: opened && target !== undefined,
    placeholderData: (before) => before,
    staleTime: 10_000,
  });
  const found = query.data ?? [];
  const chosen = id === null || found.some(({ value }) => value === id) ? [] : [{ value: id, label: title ?? '…' }];
  return { data: [...chosen, ...found], isFetching: query.isFetching, opened, setOpened };
}

interface RecordSelectProps {
  readonly target: ClientEntity | undefined;
  readonly id: string | null;
  readonly known?: string;
  readonly onChange: (id: string | null, title?: string) => void;
  readonly input: FreeInputProps;
  readonly clearable: boolean;
  /** Whether a record may be created on the way. */
  readonly creates?: boolean;
}

/** Chooses one record of an entity by searching. */
export function RecordSelect({ target, id, known, onChange, input, clearable, creates = true }: RecordSelectProps) {
  const translate = useTranslate();
  const text = useText();
  const client = useQueryClient();
  const title = useTitle(target, id, known);
  const [search, setSearch] = useState(title ?? '');
  const [creating, setCreating] = useState<string>();
  const { data, isFetching, opened, setOpened } = useChoices(target, id, title, search);
  const mayCreate = creates && target?.privileges.create === true;
  const label = translate('record.field.create_new', { entity: text(target?.label).toLowerCase() });
  const typed = search === title ? '' : search.trim();
  const choose = (next: string | null): void => {
    const found = data.find(({ value }) => value === next)?.label;
    if (next === NEW) {
      setCreating(typed);
      return;
    }
    if (next !== null && found !== undefined) client.setQueryData(['titles', target?.set, next], found);
    onChange(next, found);
  };
  return (
    <>
      <Select
        {...input}
        disabled={input.disabled === true || target === undefined}
        data={mayCreate && opened ? [...data, { value: NEW, label }] : data}
        filter={({ options }) => options}
        value={id}
        onChange={choose}
        searchable
        searchValue={opened ? search : (title ?? search)}
        onSearchChange={(next) => setSearch(next === label ? '' : next)}
        onDropdownOpen={() => setOpened(true)}
        onDropdownClose={() => setOpened(false)}
        clearable={clearable}
        clearButtonProps={{ 'aria-label': translate('record.field.clear_lookup') }}
        nothingFoundMessage={isFetching ? translate('record.field.searching') : translate('record.field.nothing_found')}
        placeholder={translate('record.field.search')}
        {...(isFetching && opened ? { rightSection: <Loader size={14} /> } : {})}
      />
      {creating === undefined || target === undefined ? null : (
        <Suspense>
          <QuickCreate
            entity={target}
            defaults={creating === '' ? {} : { [target.display_property]: creating }}
            onClose={() => setCreating(undefined)}
            onCreated={(created, createdTitle) => {
              client.setQueryData(['titles', target.set, created], createdTitle);
              onChange(created, createdTitle);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

function LookupInput(props: InputProps) {
  const model = useModel();
  const lookup = lookupOf(model, props.entity, props.field);
  if (lookup === undefined) return null;
  return lookup.typeProperty === null && lookup.targets.length < 2 ? (
    <OneTarget {...props} lookup={lookup} />
  ) : (
    <SeveralTargets {...props} lookup={lookup} />
  );
}

type WithLookup = InputProps & { readonly lookup: Lookup };

/** The title that the form was filled with, as long as the lookup names the same record. */
function useKnown(lookup: Lookup, id: string | null | undefined): string | undefined {
  const { formState } = useFormContext();
  const defaults = formState.defaultValues as RecordValues | undefined;
  return defaults !== undefined && defaults[lookup.idProperty] === id ? knownTitle(lookup, defaults) : undefined;
}

function OneTarget({ lookup, ...props }: WithLookup) {
  const value = useValue<string>(lookup.idProperty);
  const known = useKnown(lookup, value.value);
  return (
    <RecordSelect
      target={lookup.targets[0]}
      id={value.value ?? null}
      {...(known === undefined ? {} : { known })}
      onChange={(id) => value.set(id)}
      input={inputProps(props, value)}
      clearable={props.required !== true}
    />
  );
}

function SeveralTargets({ lookup, ...props }: WithLookup) {
  const translate = useTranslate();
  const text = useText();
  const { getValues, setValue } = useFormContext();
  const value = useValue<string>(lookup.idProperty);
  const known = useKnown(lookup, value.value);
  const stored = targetOf(lookup, getValues());
  const [chosen, setChosen] = useState<string>();
  const target = lookup.targets.find(({ name }) => name === chosen) ?? stored ?? lookup.targets[0];
  const set = (id: string | null): void => {
    value.set(id);
    if (lookup.typeProperty !== null) setValue(lookup.typeProperty, id === null ? null : (target?.name ?? null));
  };
  return (
    <div className={classes.targets}>
      <Select
        label={props.hideLabel === true ? undefined : props.label}
        aria-label={translate('record.field.kind_of', { field: props.label })}
        data={lookup.targets.map(({ name, label }) => ({ value: name, label: text(label) }))}
        value={target?.name ?? null}
        allowDeselect={false}
        disabled={props.disabled}
        onChange={(name) => {
          if (name === null || name === target?.name) return;
          setChosen(name);
          set(null);
        }}
      />
      <RecordSelect
        key={target?.name}
        target={target}
        id={value.value ?? null}
        {...(known === undefined ? {} : { known })}
        onChange={set}
        input={inputProps({ ...props, hideLabel: true }, value)}
        clearable={props.required !== true}
        creates={lookup.typeProperty !== null}
      />
    </div>
  );
}

export const LOOKUP: FieldControl = { Display: LookupDisplay, Input: LookupInput };
