// Who gains and loses what by a change that is not saved yet: people and records by name and number, as preview_role_change answers. It changes
// nothing.
import { Accordion, Alert, Anchor, Badge, Group, List, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { ErrorState, useFormat } from '../../ui/index.ts';
import { type Effect, effectsOf, namedEffectsOf, type Preview, totalsOf } from './logic/preview.ts';

/** Names that stand in one line; the others are counted. */
const NAMED = 8;

/** `change`: the body of the preview. */
export function PreviewPanel({ change }: { readonly change: object }) {
  const api = useApi();
  const t = useTranslate();
  const { data, error, refetch } = useQuery({
    queryKey: ['directory', 'preview', change],
    queryFn: ({ signal }) => api.send<Preview>('POST', 'preview_role_change', change, { signal, repeatable: false }),
    retry: false,
    staleTime: 0,
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <Group gap="xs" role="status">
        <Loader size="xs" /> <Text size="sm">{t('rights.preview.counting')}</Text>
      </Group>
    );
  return <PreviewResult preview={data} />;
}

function PreviewResult({ preview }: { readonly preview: Preview }) {
  const t = useTranslate();
  const effects = effectsOf(preview);
  const named = namedEffectsOf(preview);
  const { losing, gaining } = totalsOf(preview);
  const isNothing = effects.length === 0 && named.length === 0;
  return (
    <Stack gap="sm" role="region" aria-label={t('rights.preview.title')}>
      <Text fw={600} role="status">
        {isNothing
          ? t('rights.preview.nothing', { examined: preview.examined })
          : t('rights.preview.summary', { losing, gaining, examined: preview.examined })}
      </Text>
      {preview.not_examined > 0 && (
        <Alert color="yellow">{t('rights.preview.not_examined', { count: preview.not_examined })}</Alert>
      )}
      {effects.length > 0 && (
        <Accordion multiple defaultValue={effects.slice(0, 3).map(keyOf)} variant="separated">
          {effects.map((effect) => (
            <EffectItem key={keyOf(effect)} effect={effect} />
          ))}
        </Accordion>
      )}
      {named.map(({ person, what, direction, names }) => (
        <Text size="sm" key={`${person.id} ${what} ${direction}`}>
          {t(`rights.preview.${what}.${direction}`, {
            person: person.title ?? t('rights.somebody'),
            names: names.join(', '),
          })}
        </Text>
      ))}
      {preview.records_left_out && (
        <Text size="sm" c="dimmed">
          {t('rights.preview.left_out')}
        </Text>
      )}
    </Stack>
  );
}

const keyOf = ({ entity, privilege, direction, people }: Effect): string =>
  `${direction} ${entity} ${privilege} ${people[0]?.id}`;

function EffectItem({ effect }: { readonly effect: Effect }) {
  const t = useTranslate();
  const text = useText();
  const format = useFormat();
  const { entities } = useModel();
  const { direction, privilege, count, records, people } = effect;
  const entity = entities[effect.entity];
  const names = people.slice(0, NAMED).map(({ title }) => title ?? t('rights.somebody'));
  const more = people.length - names.length;
  const who = more > 0 ? t('rights.preview.and_more', { names: names.join(', '), count: more }) : names.join(', ');
  return (
    <Accordion.Item value={keyOf(effect)}>
      <Accordion.Control>
        <Group gap="xs" wrap="wrap">
          <Badge color={direction === 'lost' ? 'red' : 'green'} variant="light">
            {t(`rights.preview.${direction}`, { count: format.number(count) })}
          </Badge>
          <Text size="sm">
            {t('rights.preview.what', {
              privilege: t(`rights.privilege.${privilege}`),
              entity: entity === undefined ? effect.entity : text(entity.plural_label),
              who,
            })}
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        {effect.isPartial && (
          <Text size="xs" c="dimmed" mb={4}>
            {t('rights.preview.readable')}
          </Text>
        )}
        <List size="sm">
          {records.map(({ id, title }) => (
            <List.Item key={id}>
              {entity === undefined ? (
                (title ?? id)
              ) : (
                <Anchor component={Link} to={`/records/${entity.set}/${id}`} size="sm">
                  {title ?? id}
                </Anchor>
              )}
            </List.Item>
          ))}
        </List>
        {count > records.length && (
          <Text size="sm" c="dimmed">
            {t('rights.preview.more_records', { count: format.number(count - records.length) })}
          </Text>
        )}
      </Accordion.Panel>
    </Accordion.Item>
  );
}
