// Why can she (not)? Of a chosen person, entity, record and privilege: the chain of role, team, depth, reach and condition for every grant, or
// what is missing, what would be enough and whom to ask. What is chosen stands in the address, so that it can be sent to somebody.

import type { ClientEntity } from '@kartoteka/metadata';
import { Alert, Badge, List, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useSearchParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import classes from './ExplainPage.module.css';
import { type Chain, type Explanation, type Told, tellExplanation } from './logic/explanation.ts';
import { RecordPick } from './RecordPick.tsx';

const PRIVILEGE_NAMES = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const;

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the address says; what names nothing is left aside. An entity is said by its name, or by its set, as addresses of the API do. */
function useChosen() {
  const [params, setParams] = useSearchParams();
  const { entities } = useModel();
  const set = (changes: Readonly<Record<string, string | null>>): void => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    if (changes.entity !== undefined) next.delete('set');
    setParams(next, { replace: true });
  };
  const idOf = (name: string): string | null => (ID.test(params.get(name) ?? '') ? params.get(name) : null);
  const named = (each: ClientEntity): boolean => each.name === params.get('entity') || each.set === params.get('set');
  const entity = Object.values(entities).find(named)?.name ?? null;
  const privilege = PRIVILEGE_NAMES.find((each) => each === params.get('privilege')) ?? null;
  return { user: idOf('user'), team: idOf('team'), entity, id: entity === null ? null : idOf('id'), privilege, set };
}

export function ExplainPage() {
  const t = useTranslate();
  const text = useText();
  const { entities } = useModel();
  const { user, team, entity, id, privilege, set } = useChosen();
  const chosen = entity === null ? undefined : entities[entity];
  const people = entities.user;
  const sorted = Object.values(entities)
    .map((each) => ({ value: each.name, label: text(each.label) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
  return (
    <Page title={t('rights.explain.title')} subtitle={t('rights.explain.subtitle')}>
      <Stack gap="lg">
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="sm">
          {people !== undefined && (
            <RecordPick
              label={t('rights.explain.who')}
              entity={people}
              value={user}
              onChange={(next) => set({ user: next, team: null })}
            />
          )}
          <Select
            label={t('rights.entity')}
            searchable
            data={sorted}
            value={entity}
            onChange={(next) => set({ entity: next, id: null })}
            nothingFoundMessage={t('rights.pick.nothing')}
          />
          {chosen !== undefined && (
            <RecordPick
              key={chosen.name}
              label={t('rights.explain.record')}
              entity={chosen}
              value={id}
              onChange={(next) => set({ id: next })}
            />
          )}
          <Select
            label={t('rights.explain.which')}
            clearable
            clearButtonProps={{ 'aria-label': t('rights.pick.clear') }}
            placeholder={t('rights.explain.every')}
            data={PRIVILEGE_NAMES.map((value) => ({ value, label: t(`rights.privilege.${value}`) }))}
            value={privilege}
            onChange={(next) => set({ privilege: next })}
          />
        </SimpleGrid>
        {chosen === undefined ? (
          <EmptyState
            icon={<IconRoute size={24} />}
            title={t('rights.explain.empty.title')}
            text={t('rights.explain.empty.text')}
          />
        ) : (
          <Answer entity={chosen} id={id} principal={user ?? team} privilege={privilege} />
        )}
      </Stack>
    </Page>
  );
}

function Answer(props: {
  readonly entity: ClientEntity;
  readonly id: string | null;
  readonly principal: string | null;
  readonly privilege: string | null;
}) {
  const api = useApi();
  const t = useTranslate();
  const text = useText();
  const { entities } = useModel();
  const { entity, id, principal, privilege } = props;
  const of = id === null ? entity.set : `${entity.set}(${id})`;
  const path = `${of}/explain_access${principal === null ? '' : `?principal_id=${principal}`}`;
  const { data, error, refetch } = useQuery({
    queryKey: ['directory', 'explain', path],
    queryFn: ({ signal }) => api.get<Explanation>(path, { signal }),
    retry: false,
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <FormSkeleton />;
  const labelOf = (name: string): string => text(entities[name]?.label) || name;
  const told = tellExplanation(
    (key, values) => t(key.startsWith('privilege.') ? `rights.${key}` : `rights.explain.${key}`, values),
    data,
    labelOf,
  );
  const shown = told.filter((each) => privilege === null || each.privilege === privilege);
  return (
    <Stack gap="sm">
      {id === null && <Alert color="blue">{t('rights.explain.whole_entity', { entity: text(entity.label) })}</Alert>}
      {shown.map((each) => (
        <ToldPrivilege key={each.privilege} told={each} />
      ))}
      <SecuredFields answer={data} entity={entity} />
    </Stack>
  );
}

const COLORS: Readonly<Record<Told['verdict'], string>> = {
  granted: 'green',
  blocked: 'yellow',
  denied: 'red',
  not_applicable: 'gray',
};

function ToldPrivilege({ told }: { readonly told: Told }) {
  const t = useTranslate();
  const { privilege, verdict, headline, chains, enough, ask } = told;
  return (
    <section className={classes.card} aria-label={t(`rights.privilege.${privilege}`)}>
      <Title order={2} size="h3">
        <Badge color={COLORS[verdict]} variant="light" mr="xs">
          {t(`rights.explain.verdict.${verdict}`)}
        </Badge>
        {t(`rights.privilege.${privilege}`)}
      </Title>
      <Text size="sm" mt={4}>
        {headline}
      </Text>
      {chains.map((chain, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grants have no name of their own, and the answer is drawn anew as a whole
        <ChainView key={at} chain={chain} />
      ))}
      {enough.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="sm">
            {t('rights.explain.enough.title')}
          </Text>
          <List size="sm">
            {enough.map((each) => (
              <List.Item key={each}>{each}</List.Item>
            ))}
          </List>
          {ask.map((each) => (
            <Text size="sm" c="dimmed" key={each}>
              {each}
            </Text>
          ))}
        </>
      )}
    </section>
  );
}

function ChainView({ chain }: { readonly chain: Chain }) {
  const t = useTranslate();
  return (
    <ol className={classes.chain} aria-label={t(`rights.explain.chain.${chain.allows ? 'allows' : 'fails'}`)}>
      {chain.links.map(({ kind, text, holds }) => (
        <li key={kind} className={classes.link} data-broken={!holds || undefined}>
          <span className={classes.kind}>
            {t(`rights.explain.kind.${kind}`)}
            {!holds && ` · ${t('rights.explain.broken')}`}
          </span>
          {text}
        </li>
      ))}
    </ol>
  );
}

const FIELD_RIGHTS = ['read', 'create', 'update'] as const;

function SecuredFields({ answer, entity }: { readonly answer: Explanation; readonly entity: ClientEntity }) {
  const t = useTranslate();
  const text = useText();
  if (answer.secured_fields.length === 0) return null;
  return (
    <section className={classes.card}>
      <Title order={2} size="h3">
        {t('rights.fields.title')}
      </Title>
      <List size="sm">
        {answer.secured_fields.map((each) => {
          const given = FIELD_RIGHTS.filter((right) => each[right].granted).map((right) => t(`rights.fields.${right}`));
          const rights = given.length === 0 ? t('rights.fields.nothing') : given.join(', ');
          return (
            <List.Item key={each.field}>
              {text(entity.fields[each.field]?.label) || each.field}: {rights}
            </List.Item>
          );
        })}
      </List>
    </section>
  );
}
