// Where people begin: what their own views hold, those whose filter asks for what is theirs.

import type { ClientEntity, ClientField, ClientModel, ClientView } from '@kartoteka/metadata';
import { Anchor, Badge, Title } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useLocaleState, useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useApi } from '../data/api.ts';
import { queryText, recordPath } from '../data/data-provider.ts';
import { useModel, useText } from '../data/model.tsx';
import { FieldValue } from '../fields/FieldValue.tsx';
import { DISPLAY_HEADERS, type RecordValues } from '../fields/types.ts';
import { recordPlaces } from '../shell/places.ts';
import { EmptyState, EntityIcon, ErrorState, ListSkeleton, Page, useFormat } from '../ui/index.ts';
import classes from './HomePage.module.css';

const CARDS = 8;
const RECORDS = 5;
/** Beside the title. */
const FACTS = 2;
const MINE = /\b(?:me|my_teams|my_business_unit)\s*\(\)/;

interface Mine {
  readonly entity: ClientEntity;
  readonly view: ClientView;
}

/** One view of each entity first, so that an entity with many does not push the others out. */
export function myViews(model: ClientModel, locale: string): readonly Mine[] {
  const perEntity = recordPlaces(model, locale).main.map((entity) =>
    entity.views.filter(({ filter }) => filter !== null && MINE.test(filter)).map((view) => ({ entity, view })),
  );
  const longest = Math.max(0, ...perEntity.map((views) => views.length));
  const rounds = Array.from({ length: longest }, (_, at) => perEntity.flatMap((views) => views[at] ?? []));
  return rounds.flat().slice(0, CARDS);
}

/** Fields of a view's own columns that say something beside the title. */
export function factsOf({ entity, view }: Mine): readonly ClientField[] {
  const fields = view.columns.flatMap(
    ({ path }) => Object.values(entity.fields).find(({ properties }) => properties[0] === path) ?? [],
  );
  const says = (field: ClientField): boolean =>
    field.properties[0] !== entity.display_property && field.type !== 'autonumber';
  return fields.filter(says).slice(0, FACTS);
}

export function HomePage() {
  const translate = useTranslate();
  const model = useModel();
  const [locale] = useLocaleState();
  const mine = myViews(model, locale);
  return (
    <Page
      title={translate('app.home_page.greeting', { name: model.user.name })}
      subtitle={translate('app.home_page.text')}
    >
      {mine.length === 0 ? (
        <EmptyState
          icon={<IconInbox size={22} />}
          title={translate('app.home_page.empty')}
          text={translate('app.home_page.emptyText')}
        />
      ) : (
        <div className={classes.cards}>
          {mine.map((each) => (
            <Card key={each.view.name} {...each} />
          ))}
        </div>
      )}
    </Page>
  );
}

interface Answer {
  readonly value: readonly RecordValues[];
  readonly '@odata.count': number;
}

function Card({ entity, view }: Mine) {
  const api = useApi();
  const text = useText();
  const translate = useTranslate();
  const format = useFormat();
  const facts = factsOf({ entity, view });
  const select = new Set(['id', entity.display_property, ...facts.flatMap(({ properties }) => properties)]);
  const query = queryText({
    $filter: view.filter ?? undefined,
    $orderby: view.sort.map(({ path, direction }) => `${path} ${direction}`).join(','),
    ...{ $select: [...select].join(','), $top: RECORDS, $count: true },
  });
  const { data, error, refetch } = useQuery({
    queryKey: ['records', entity.set, 'home', query, format.locale],
    queryFn: ({ signal }) => api.get<Answer>(`${entity.set}${query}`, { signal, headers: DISPLAY_HEADERS }),
  });
  const heading = `home-${view.name}`;
  return (
    <section className={classes.card} aria-labelledby={heading}>
      <header className={classes.head}>
        <EntityIcon entity={entity} />
        <Title order={2} id={heading} className={classes.title}>
          {text(view.label)}
        </Title>
        {data !== undefined && (
          <Badge variant="default" radius="sm" className="tabular">
            {format.number(data['@odata.count'])}
          </Badge>
        )}
        <Anchor
          component={Link}
          to={`/records/${entity.set}?view=${encodeURIComponent(view.name)}`}
          size="sm"
          className={classes.all}
          aria-describedby={heading}
        >
          {translate('app.home_page.all')}
        </Anchor>
      </header>
      {data === undefined && error === null && <ListSkeleton rows={RECORDS} columns={2} />}
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.value.length === 0 && <p className={classes.nothing}>{translate('app.home_page.nothing')}</p>}
      {data !== undefined && data.value.length > 0 && (
        <ul className={classes.rows}>
          {data.value.map((record) => (
            <li key={String(record.id)} className={classes.row}>
              <Link to={`/records/${recordPath(entity.set, String(record.id))}`} className={classes.link}>
                {String(record[entity.display_property] ?? record.id)}
              </Link>
              {facts.map((field) => (
                <span key={field.name} className={classes.fact}>
                  <FieldValue entity={entity} field={field} record={record} compact />
                </span>
              ))}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
