// A record beside the list, without leaving it: every field of its form that has a value, and the way to its page. It follows the URL, so
// that back closes it.

import type { ClientEntity, ClientForm } from '@kartoteka/metadata';
import { ActionIcon, Button, CloseButton, Group, Text, Title } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useEffect, useRef } from 'react';
import { Link } from 'react-router-dom';
import { useText } from '../../data/model.tsx';
import { FieldValue } from '../../fields/FieldValue.tsx';
import { fieldOf } from '../../fields/system-fields.ts';
import { DISPLAY_HEADERS } from '../../fields/types.ts';
import { ErrorState, FormSkeleton } from '../../ui/index.ts';
import type { Row } from '../rows/use-rows.ts';
import type { List } from '../use-list.ts';
import classes from './peek.module.css';

const ends = (fields: readonly string[]): readonly string[] => [...fields, 'created_on', 'modified_on'];

/** Names of the fields that the form shows, in sections; of an entity without a form all of them. */
function sectionsOf(
  entity: ClientEntity,
): readonly { label: ClientForm['label'] | undefined; fields: readonly string[] }[] {
  const form = entity.forms.find((each) => each.default) ?? entity.forms[0];
  if (form === undefined) return [{ label: undefined, fields: ends(Object.keys(entity.fields)) }];
  return form.sections.map(({ label, fields }) => ({ label, fields: fields.map(({ name }) => name) }));
}

export function PeekPanel({ list, id }: { readonly list: List; readonly id: string }) {
  const translate = useTranslate();
  const text = useText();
  const panel = useRef<HTMLElement>(null);
  const { api, entity, change, rows } = list;
  const query = useQuery({
    queryKey: ['records', entity.set, id, 'peek'],
    queryFn: ({ signal }) =>
      api.get<Row>(`${entity.set}/${encodeURIComponent(id)}`, { headers: DISPLAY_HEADERS, signal }),
    retry: false,
  });
  useEffect(() => panel.current?.focus(), []);
  const close = (): void => change({ peek: undefined });
  const at = rows.window.indexOf(id);
  const step = (by: number): void => {
    const next = rows.window.row(at + by);
    if (at >= 0 && next !== undefined) change({ peek: next.id }, true);
  };
  const record = query.data;
  const title = record === undefined ? '' : String(record[entity.display_property] ?? '') || translate('list.untitled');
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      className={classes.panel}
      aria-label={translate('list.peek_of', { entity: text(entity.label) })}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <Group justify="space-between" wrap="nowrap" className={classes.head}>
        <Title order={2} className={classes.title}>
          {title}
        </Title>
        <Group gap={2} wrap="nowrap">
          <ActionIcon aria-label={translate('list.previous')} disabled={at <= 0} onClick={() => step(-1)}>
            <IconChevronUp size={16} />
          </ActionIcon>
          <ActionIcon
            aria-label={translate('list.next')}
            disabled={at < 0 || rows.window.row(at + 1) === undefined}
            onClick={() => step(1)}
          >
            <IconChevronDown size={16} />
          </ActionIcon>
          <CloseButton aria-label={translate('list.close')} onClick={close} />
        </Group>
      </Group>
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <FormSkeleton />}
      {record !== undefined && (
        <>
          <div className={classes.body}>
            {sectionsOf(entity).map(({ label, fields }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: sections do not move
              <Section key={index} entity={entity} record={record} label={text(label)} fields={fields} />
            ))}
          </div>
          <div className={classes.foot}>
            <Button component={Link} to={`/records/${entity.set}/${id}`} variant="default" fullWidth>
              {translate('list.open')}
            </Button>
          </div>
        </>
      )}
    </aside>
  );
}

interface SectionProps {
  readonly entity: ClientEntity;
  readonly record: Row;
  readonly label: string;
  readonly fields: readonly string[];
}

function Section({ entity, record, label, fields }: SectionProps) {
  const text = useText();
  const shown = fields.flatMap((name) => {
    const field = fieldOf(entity, name);
    const isFilled = field?.properties.some((property) => (record[property] ?? '') !== '');
    return field === undefined || isFilled !== true ? [] : [field];
  });
  if (shown.length === 0) return null;
  return (
    <section>
      {label !== '' && (
        <Text size="xs" fw={600} c="dimmed" className={classes.section}>
          {label}
        </Text>
      )}
      <dl className={classes.fields}>
        {shown.map((field) => (
          <div key={field.name} className={classes.field}>
            <dt>{text(field.label) || field.name}</dt>
            <dd>
              <FieldValue entity={entity} field={field} record={record} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
