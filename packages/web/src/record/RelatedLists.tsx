// The lists of related records beside a form: what a view of theirs shows of each, with ways to add, link and unlink.
import type { ClientEntity } from '@kartoteka/metadata';
import { ActionIcon, Anchor, Button, Group, Menu, Skeleton, Text, Tooltip } from '@mantine/core';
import { IconLink, IconLinkOff, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../data/api.ts';
import { useModel, useText } from '../data/model.tsx';
import { FieldValue } from '../fields/FieldValue.tsx';
import { fieldOfProperty } from '../fields/system-fields.ts';
import { DISPLAY_HEADERS, type DisplayProps, formattedKey, mainProperty, type RecordValues } from '../fields/types.ts';
import { LinkDialog } from './LinkDialog.tsx';
import { Problems } from './Problems.tsx';
import QuickCreate from './QuickCreate.tsx';
import classes from './record.module.css';
import { useForgetLists } from './record-data.ts';
import {
  entityNamed,
  type Membership,
  membershipOf,
  type RelatedColumn,
  relatedColumns,
  relatedList,
  relatedPath,
} from './related.ts';

const FIRST = 5;
const MORE = 20;
const MOST_COLUMNS = 4;

interface ListsProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly related: readonly { readonly navigation: string; readonly view: string | null }[];
}

export function RelatedLists({ entity, id, related }: ListsProps) {
  const model = useModel();
  return (
    <div className={classes.lists}>
      {related.map(({ navigation, view }) => {
        const target = entityNamed(model, entity.navigations[navigation]?.entity);
        return target === undefined ? null : (
          <RelatedList key={navigation} {...{ entity, id, navigation, view, target }} />
        );
      })}
    </div>
  );
}

interface ListProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly navigation: string;
  readonly view: string | null;
  readonly target: ClientEntity;
}

function RelatedList({ entity, id, navigation, view, target }: ListProps) {
  const translate = useTranslate();
  const text = useText();
  const model = useModel();
  const api = useApi();
  const forget = useForgetLists();
  const [top, setTop] = useState(FIRST);
  const [error, setError] = useState<unknown>();
  const back = entity.navigations[navigation]?.inverse;
  const columns = useMemo(
    () => relatedColumns(model, target, { view, ...(back === undefined ? {} : { back }) }, MOST_COLUMNS),
    [model, target, view, back],
  );
  const membership = useMemo(() => membershipOf(entity, navigation, target, id), [entity, navigation, target, id]);
  const path = relatedPath({ set: entity.set, id }, navigation, target, columns, top);
  const list = useQuery({
    queryKey: ['related', entity.set, id, navigation, target.set, path],
    queryFn: ({ signal }) =>
      api.get<{ value: RecordValues[]; '@odata.count'?: number | string }>(path, { headers: DISPLAY_HEADERS, signal }),
    placeholderData: (before) => before,
    retry: false,
  });
  const count = Number(list.data?.['@odata.count'] ?? 0);
  const label = text(entity.navigations[navigation]?.label) || text(target.plural_label);
  const all = relatedList(entity, navigation, target, id);
  const changed = (): void => void forget(target.set);
  const unlink = async (other: string): Promise<void> => {
    setError(undefined);
    try {
      await api.send('DELETE', `${entity.set}(${id})/${navigation}(${other})/$ref`);
      changed();
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <section className={classes.list} aria-label={label}>
      <Group justify="space-between" wrap="nowrap" className={classes.listHead}>
        <h3 className={classes.listTitle}>
          {label} {list.data === undefined ? null : <span className={classes.count}>{count}</span>}
        </h3>
        <AddMenu {...{ entity, id, navigation, target, membership, label, onError: setError }} onDone={changed} />
      </Group>
      <Problems error={error ?? (list.error === null ? undefined : list.error)} />
      {list.isPending ? <Skeleton height={36} radius="sm" /> : null}
      {list.data !== undefined && list.data.value.length === 0 ? (
        <Text size="sm" c="dimmed" className={classes.none}>
          {translate('record.related.empty')}
        </Text>
      ) : null}
      <ul className={classes.rows}>
        {(list.data?.value ?? []).map((record) => (
          <RelatedRow
            key={String(record.id)}
            {...{ target, record, columns }}
            {...(membership.kind === 'link' || (membership.kind === 'lookup' && membership.unlinks)
              ? { onUnlink: () => void unlink(String(record.id)) }
              : {})}
          />
        ))}
      </ul>
      {count > top && top < MORE ? (
        <Button variant="subtle" size="xs" onClick={() => setTop(MORE)} loading={list.isPlaceholderData}>
          {translate('record.related.more')}
        </Button>
      ) : null}
      {count > MORE && top >= MORE ? (
        <Text size="xs" c="dimmed" className={classes.none}>
          {translate('record.related.first', { shown: MORE, count })}
        </Text>
      ) : null}
      {count > FIRST && all !== undefined ? (
        <Anchor component={Link} to={all} size="sm" className={classes.none}>
          {translate('record.related.all', { count })}
        </Anchor>
      ) : null}
    </section>
  );
}

interface RowProps {
  readonly target: ClientEntity;
  readonly record: RecordValues;
  readonly columns: readonly RelatedColumn[];
  readonly onUnlink?: () => void;
}

interface ShownValue extends DisplayProps {
  readonly key: string;
}

/** The values of a row that there are. */
const shownValues = (columns: readonly RelatedColumn[], record: RecordValues): readonly ShownValue[] =>
  columns.flatMap(({ navigation, entity, property }) => {
    const field = fieldOfProperty(entity, property);
    const of = navigation === undefined ? record : (record[navigation] as RecordValues | null);
    const isThere = of?.[property] !== null && of?.[property] !== undefined;
    return field === undefined || of === null || !isThere
      ? []
      : [{ entity, field, record: of, key: `${navigation} ${property}` }];
  });

/** What names a row: the first value as text, where a record has no title of its own. */
function rowTitle(target: ClientEntity, record: RecordValues, first: ShownValue | undefined): string {
  const titled = first === undefined ? target.display_property : mainProperty(first.field);
  const of = first?.record ?? record;
  return String(of[formattedKey(titled)] ?? of[titled] ?? '');
}

/** The title as a link; below it what else the view shows. */
function RelatedRow({ target, record, columns, onUnlink }: RowProps) {
  const translate = useTranslate();
  const text = useText();
  const [first, ...rest] = shownValues(columns, record);
  const title = rowTitle(target, record, first) || translate('record.field.untitled');
  // A link is named by the record it leads to, and the view may show that once more.
  const others = rest.filter((value) => rowTitle(target, record, value) !== title);
  return (
    <li className={classes.row}>
      <div className={classes.rowText}>
        <Anchor component={Link} to={`/records/${target.set}/${String(record.id)}`} className={classes.rowTitle}>
          {title}
        </Anchor>
        {others.length === 0 ? null : (
          <div className={classes.rowMore}>
            {others.map(({ key, ...value }) => (
              <span key={key} title={text(value.field.label)}>
                <FieldValue {...value} compact />
              </span>
            ))}
          </div>
        )}
      </div>
      {onUnlink === undefined ? null : (
        <Tooltip label={translate('record.related.unlink')}>
          <ActionIcon aria-label={translate('record.related.unlink_one', { title })} onClick={onUnlink} size="sm">
            <IconLinkOff size={14} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      )}
    </li>
  );
}

interface AddProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly navigation: string;
  readonly target: ClientEntity;
  readonly membership: Membership;
  readonly label: string;
  readonly onDone: () => void;
  readonly onError: (error: unknown) => void;
}

function AddMenu(props: AddProps) {
  const { entity, id, navigation, target, membership, label, onDone, onError } = props;
  const translate = useTranslate();
  const text = useText();
  const api = useApi();
  const [opened, setOpened] = useState<'new' | 'link'>();
  if (membership.kind === 'through') return null;
  const link = async (other: string): Promise<void> => {
    try {
      await api.send('POST', `${entity.set}(${id})/${navigation}/$ref`, { '@odata.id': `${target.set}(${other})` });
      onDone();
    } catch (failed) {
      onError(failed);
    }
  };
  const created = (other: string): void => {
    if (membership.kind === 'link') void link(other);
    else onDone();
  };
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={translate('record.related.add_to', { list: label })} size="sm">
            <IconPlus size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {target.privileges.create ? (
            <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => setOpened('new')}>
              {translate('record.related.create', { entity: text(target.label).toLowerCase() })}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<IconLink size={16} />} onClick={() => setOpened('link')}>
            {translate('record.related.link')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {opened === 'new' ? (
        <QuickCreate
          entity={target}
          defaults={membership.kind === 'lookup' ? membership.defaults : {}}
          onClose={() => setOpened(undefined)}
          onCreated={created}
        />
      ) : null}
      {opened === 'link' ? (
        <LinkDialog target={target} label={label} onClose={() => setOpened(undefined)} onLink={link} />
      ) : null}
    </>
  );
}
