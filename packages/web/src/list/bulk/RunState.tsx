// What an action on many records has come to: how far it is, then how many were done and why others were not, each by name.
import { Anchor, Button, CloseButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import type { List } from '../use-list.ts';
import classes from './bulk.module.css';
import { failuresOf } from './operations.ts';
import type { Bulk } from './use-bulk.ts';

export interface RunStateProps {
  readonly list: List;
  readonly bulk: Bulk;
  /** Chooses the records that failed, to try something else with them. */
  readonly onChoose: (ids: readonly string[]) => void;
}

/** As many reasons and records are shown; all can be chosen. */
const SHOWN_REASONS = 5;
const SHOWN_RECORDS = 5;

export function RunState({ list, bulk: { run, close }, onChoose }: RunStateProps) {
  const translate = useTranslate();
  if (run === undefined) return null;
  const { progress, outcomes, title, undo } = run;
  if (outcomes === undefined) {
    return (
      <div className={classes.run} role="status">
        <Text size="sm">{`${title} · ${progress.done} / ${progress.total}`}</Text>
        <Progress value={(100 * progress.done) / Math.max(1, progress.total)} size="sm" aria-label={title} />
      </div>
    );
  }
  const done = outcomes.filter(({ ok }) => ok).map(({ id }) => id);
  const failures = failuresOf(outcomes);
  const failed = failures.flatMap(({ ids }) => ids);
  return (
    <div className={classes.run} role="status" data-failed={failed.length > 0 || undefined}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap={8} wrap="nowrap">
          {failed.length === 0 ? (
            <IconCircleCheck size={18} color="var(--k-success)" aria-hidden />
          ) : (
            <IconAlertTriangle size={18} color="var(--k-warning)" aria-hidden />
          )}
          <Text size="sm">
            {`${title}: ${translate('list.bulk.done', { smart_count: done.length })}`}
            {failed.length > 0 && ` · ${translate('list.bulk.failed', { smart_count: failed.length })}`}
          </Text>
        </Group>
        <Group gap={4} wrap="nowrap">
          {undo !== undefined && done.length > 0 && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                close();
                undo(done);
              }}
            >
              {translate('list.undo')}
            </Button>
          )}
          {failed.length > 0 && (
            <Button size="compact-sm" variant="subtle" onClick={() => onChoose(failed)}>
              {translate('list.bulk.choose_failed')}
            </Button>
          )}
          <CloseButton size="sm" aria-label={translate('list.close')} onClick={close} />
        </Group>
      </Group>
      {failures.length > 0 && (
        <Stack gap={4} pt={6}>
          {failures.slice(0, SHOWN_REASONS).map(({ message, ids }) => (
            <div key={message}>
              <Text size="sm" c="dimmed">
                {`${message} (${ids.length})`}
              </Text>
              <Records list={list} ids={ids.slice(0, SHOWN_RECORDS)} />
            </div>
          ))}
        </Stack>
      )}
    </div>
  );
}

function Records({ list: { api, entity }, ids }: { readonly list: List; readonly ids: readonly string[] }) {
  const { data } = useQuery({
    queryKey: ['list-titles', entity.set, ids],
    queryFn: () => {
      const filter = encodeURIComponent(`id in (${ids.join(',')})`);
      const path = `${entity.set}?$select=id,${entity.display_property}&$filter=${filter}`;
      return api.get<{ value: { id: string }[] }>(path).then(({ value }) => value as Record<string, unknown>[]);
    },
    retry: false,
  });
  return (
    <Group gap={8}>
      {(data ?? []).map((record) => (
        <Anchor key={String(record.id)} component={Link} to={`/records/${entity.set}/${String(record.id)}`} size="sm">
          {String(record[entity.display_property] ?? '') || String(record.id)}
        </Anchor>
      ))}
    </Group>
  );
}
