// How many records a list has. Few are counted at once; of many only that they are, since counting reads all of them: the number, which
// is one of the moment, is told on demand.
import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocaleState, useTranslate } from 'ra-core';
import { formatNumber } from '../ui/index.ts';
import { type List, pathOf } from './use-list.ts';

/** More are not counted unasked. */
const MANY = 10_000;

interface Answer {
  readonly value: readonly unknown[];
  readonly '@odata.count'?: number | string;
}

export function Count({ list }: { readonly list: List }) {
  const translate = useTranslate();
  const [locale] = useLocaleState();
  const { api, set, query, rows, model } = list;
  const { window } = rows;
  const what = { $filter: query.$filter, $search: query.$search, $select: 'id' };
  const isKnown = window.isEnd || window.count === 0;
  const key = [model.user.id, set, what.$filter, what.$search];
  const few = useQuery({
    queryKey: ['list-count', ...key],
    enabled: !isKnown,
    staleTime: 30_000,
    retry: false,
    queryFn: async ({ signal }) => {
      const beyond = await api.get<Answer>(pathOf(set, { ...what, $skip: String(MANY), $top: '1' }), { signal });
      return beyond.value.length > 0
        ? 'many'
        : count(await api.get<Answer>(pathOf(set, { ...what, $top: '1', $count: 'true' }), { signal }));
    },
  });
  const all = useQuery({
    queryKey: ['list-count-all', ...key],
    enabled: false,
    retry: false,
    queryFn: async ({ signal }) =>
      count(await api.get<Answer>(pathOf(set, { ...what, $top: '1', $count: 'true' }), { signal })),
  });
  const say = (number: number): string =>
    translate('list.count', { smart_count: number, number: formatNumber(number, locale) });
  if (isKnown) return <Shown text={window.isEnd ? say(window.count) : ''} />;
  if (typeof few.data === 'number') return <Shown text={say(few.data)} />;
  if (few.data === undefined)
    return (
      <Shown text={few.isError ? translate('list.count_more', { number: formatNumber(window.count, locale) }) : ''} />
    );
  if (all.data !== undefined)
    return (
      <Shown
        text={translate('list.about', { number: formatNumber(rounded(all.data), locale) })}
        title={say(all.data)}
      />
    );
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color="gray"
      loading={all.isFetching}
      onClick={() => void all.refetch()}
      title={translate('list.count_all')}
    >
      {translate('list.count_more', { number: formatNumber(MANY, locale) })}
    </Button>
  );
}

const count = (answer: Answer): number => Number(answer['@odata.count'] ?? 0);

/** To three digits: by the time it is read, it is another. */
function rounded(number: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, number))) - 2);
  return Math.round(number / unit) * unit;
}

function Shown({ text, title }: { readonly text: string; readonly title?: string }) {
  return (
    <Text size="sm" c="dimmed" className="tabular" aria-live="polite" title={title}>
      {text}
    </Text>
  );
}
