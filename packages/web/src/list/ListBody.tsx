// The rows of a list, or why there are none: nothing matches, nothing is there yet, it failed, it is denied.
import { Button } from '@mantine/core';
import { IconInbox, IconSearchOff } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { EmptyState, type EmptyStateProps, ErrorState, ListSkeleton } from '../ui/index.ts';
import { Grid, type GridProps } from './grid/Grid.tsx';
import classes from './list.module.css';
import type { List } from './use-list.ts';

interface ListBodyProps extends GridProps {
  /** Of a list that has nothing at all. */
  readonly empty: EmptyStateProps;
}

export function ListBody({ empty, ...grid }: ListBodyProps) {
  const { window } = grid.list.rows;
  if (grid.list.isWaiting) return <ListSkeleton columns={grid.list.columns.length} />;
  if (window.error !== undefined && window.count === 0) {
    return <ErrorState error={window.error} onRetry={() => window.retry()} action={<ShowAll list={grid.list} />} />;
  }
  if (window.isEnd && window.count === 0) {
    return <Nothing list={grid.list} empty={empty} />;
  }
  return (
    <>
      <Grid {...grid} />
      {window.error !== undefined && <Interrupted onRetry={() => window.retry()} />}
    </>
  );
}

function Nothing({ list, empty }: { readonly list: List; readonly empty: EmptyStateProps }) {
  const translate = useTranslate();
  if (list.filter === '' && list.state.search === '') return <EmptyState icon={<IconInbox size={22} />} {...empty} />;
  return (
    <EmptyState
      icon={<IconSearchOff size={22} />}
      title={translate('list.nothing.title')}
      text={translate('list.nothing.text')}
      action={<ShowAll list={list} />}
    />
  );
}

/** Takes away what was asked for; where nothing was, there is no button. */
function ShowAll({ list }: { readonly list: List }) {
  const translate = useTranslate();
  if (list.filter === '' && list.state.search === '' && list.state.sort === undefined) return null;
  return (
    <Button variant="default" onClick={() => list.change({ filter: '', search: '', sort: undefined })}>
      {translate('list.nothing.show_all')}
    </Button>
  );
}

/** Rows are there, and the next ones could not be had. */
function Interrupted({ onRetry }: { readonly onRetry: () => void }) {
  const translate = useTranslate();
  return (
    <div className={classes.interrupted} role="alert">
      {translate('list.interrupted')}
      <Button size="compact-sm" variant="default" onClick={onRetry}>
        {translate('list.retry')}
      </Button>
    </div>
  );
}
