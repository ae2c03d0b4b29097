// Who changed what of a record, and when: newest first, page after page, each value as the form shows it.
import type { ClientEntity } from '@kartoteka/metadata';
import { Avatar, Button, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useLocaleState, useTranslate } from 'ra-core';
import { useApi } from '../data/api.ts';
import { useText } from '../data/model.tsx';
import { FieldValue } from '../fields/FieldValue.tsx';
import { formatMoment } from '../fields/moments.ts';
import { fieldOfProperty } from '../fields/system-fields.ts';
import type { RecordValues } from '../fields/types.ts';
import { useTimeZone } from '../fields/use-time-zone.ts';
import { Problems } from './Problems.tsx';
import classes from './record.module.css';

interface PropertyChange {
  readonly property: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly redacted?: boolean;
}

interface Change {
  readonly id: string | number;
  readonly operation: string;
  readonly changed_on: string;
  readonly actor_name: string | null;
  readonly caller_name: string | null;
  readonly changes: readonly PropertyChange[];
}

interface Page {
  readonly value: readonly Change[];
  readonly '@odata.nextLink'?: string;
}

const PAGE = 20;

interface HistoryProps {
  readonly entity: ClientEntity;
  readonly id: string;
  /** Of the record that is shown: another one has more history. */
  readonly version: unknown;
}

export function RecordHistory({ entity, id, version }: HistoryProps) {
  const translate = useTranslate();
  const api = useApi();
  const history = useInfiniteQuery({
    queryKey: ['changes', entity.set, id, String(version)],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page>(pageParam, { signal, headers: { prefer: `maxpagesize=${PAGE}` } }),
    initialPageParam: `${entity.set}(${id})/changes`,
    getNextPageParam: (page) =>
      page['@odata.nextLink'] === undefined ? undefined : api.pathOf(page['@odata.nextLink']),
    retry: false,
  });
  if (history.isPending) return <Skeleton height={120} radius="sm" aria-label={translate('app.loading')} />;
  if (history.error !== null) return <Problems error={history.error} />;
  const changes = history.data.pages.flatMap(({ value }) => value);
  if (changes.length === 0) return <Text size="sm">{translate('record.history.empty')}</Text>;
  return (
    <>
      <ol className={classes.history}>
        {changes.map((change) => (
          <HistoryEntry key={change.id} entity={entity} change={change} />
        ))}
      </ol>
      {history.hasNextPage ? (
        <Button
          variant="subtle"
          size="xs"
          onClick={() => void history.fetchNextPage()}
          loading={history.isFetchingNextPage}
        >
          {translate('record.history.more')}
        </Button>
      ) : null}
    </>
  );
}

const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part[0] ?? '')
    .join('')
    .toUpperCase();

function HistoryEntry({ entity, change }: { readonly entity: ClientEntity; readonly change: Change }) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  const timeZone = useTimeZone();
  const who = change.actor_name ?? translate('record.history.somebody');
  const shown = visibleChanges(entity, change);
  return (
    <li className={classes.change}>
      <Avatar size={24} radius="xl" aria-hidden="true">
        {initialsOf(who)}
      </Avatar>
      <div className={classes.changeBody}>
        <div className={classes.changeHead}>
          <strong>{who}</strong> {translate(`record.history.${change.operation}`)}
          {change.caller_name === null ? null : ` (${translate('record.history.by', { name: change.caller_name })})`}
        </div>
        <time className={classes.when} dateTime={change.changed_on}>
          {formatMoment(change.changed_on, locale, timeZone)}
        </time>
        {change.operation === 'create' || shown.length === 0 ? null : (
          <dl className={classes.values}>
            {shown.map((each) => (
              <ValueChange key={each.property} entity={entity} change={each} all={change.changes} />
            ))}
          </dl>
        )}
      </div>
    </li>
  );
}

/** What says something to people: not what the engine keeps beside a value (`amount_base`), nor who and when, which stand above. */
function visibleChanges(entity: ClientEntity, change: Change): readonly PropertyChange[] {
  const stamps = new Set(['modified_on', 'modified_by_id', 'version', 'id']);
  return change.changes.filter(({ property }) => {
    const field = fieldOfProperty(entity, property);
    if (stamps.has(property) || property.endsWith('_base')) return false;
    const isBeside = field !== undefined && field.properties[0] !== property && property.endsWith('_type');
    return !isBeside;
  });
}

interface ValueProps {
  readonly entity: ClientEntity;
  readonly change: PropertyChange;
  readonly all: readonly PropertyChange[];
}

function ValueChange({ entity, change, all }: ValueProps) {
  const translate = useTranslate();
  const text = useText();
  const field = fieldOfProperty(entity, change.property);
  const navigation = entity.navigations[change.property];
  const label = text(field?.label ?? navigation?.label) || change.property;
  const side = (which: 'before' | 'after'): RecordValues =>
    Object.fromEntries(all.map((each) => [each.property, each[which]]));
  const isMain = field?.properties[0] === change.property;
  const shown = (which: 'before' | 'after') =>
    field !== undefined && isMain ? (
      <FieldValue entity={entity} field={field} record={side(which)} />
    ) : (
      <span>{plain(change[which])}</span>
    );
  return (
    <div className={classes.valueChange}>
      <dt>{label}</dt>
      <dd>
        {change.redacted === true ? (
          translate('record.history.redacted')
        ) : (
          <>
            <span className={classes.before}>{shown('before')}</span>
            <span aria-label={translate('record.history.became')} role="img">
              →
            </span>
            <span>{shown('after')}</span>
          </>
        )}
      </dd>
    </div>
  );
}

const plain = (value: unknown): string => {
  if (value === null || value === undefined) return '—';
  return Array.isArray(value) ? String(value.length) : String(value);
};
