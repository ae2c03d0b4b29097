// The list of an entity: its view, filter and columns, the rows, what can be done with those that are chosen, a record beside it.
import { Button } from '@mantine/core';
import { IconFileImport, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router-dom';
import { useEntity, useText } from '../data/model.tsx';
import { Page } from '../ui/index.ts';
import { BulkBar } from './bulk/BulkBar.tsx';
import { ExportButton } from './bulk/ExportButton.tsx';
import type { Outcome } from './bulk/operations.ts';
import { RunState } from './bulk/RunState.tsx';
import { useBulk } from './bulk/use-bulk.ts';
import { Count } from './Count.tsx';
import { ColumnMenu } from './columns/ColumnMenu.tsx';
import { FilterBar } from './filters/FilterBar.tsx';
import { NONE, selectAll, without } from './grid/selection.ts';
import { ListBody } from './ListBody.tsx';
import classes from './list.module.css';
import { PeekPanel } from './peek/PeekPanel.tsx';
import { SearchBox } from './SearchBox.tsx';
import { useList } from './use-list.ts';
import { ViewMenu } from './views/ViewMenu.tsx';

/** Another set is another list, with nothing of the one before. */
export function ListPage() {
  const { set = '' } = useParams();
  return <EntityList key={set} set={set} />;
}

function EntityList({ set }: { readonly set: string }) {
  const translate = useTranslate();
  const text = useText();
  const navigate = useNavigate();
  const entity = useEntity(set);
  const list = useList(entity);
  const [selection, setSelection] = useState(NONE);
  const onDone = (outcomes: readonly Outcome[]): void => {
    setSelection((before) =>
      without(
        before,
        outcomes.filter(({ ok }) => ok).map(({ id }) => id),
      ),
    );
    list.rows.window.refresh();
  };
  const bulk = useBulk(onDone);
  const { peek } = list.state;
  return (
    <Page wide title={text(entity.plural_label)} beside={<ViewMenu list={list} />} actions={<Actions list={list} />}>
      {selection.ids.size > 0 ? (
        <BulkBar {...{ list, bulk, selection, setSelection }} />
      ) : (
        <div className={classes.tools}>
          <FilterBar list={list} />
          <div className={classes.side}>
            <SearchBox list={list} />
            <ColumnMenu list={list} />
            <ExportButton list={list} />
          </div>
        </div>
      )}
      <RunState list={list} bulk={bulk} onChoose={(ids) => setSelection(selectAll(ids))} />
      <div className={classes.main}>
        <div className={classes.list}>
          <ListBody
            {...{ list, selection, setSelection }}
            label={`${text(entity.plural_label)}, ${list.view.label}`}
            onOpen={({ id }) => navigate(`/records/${set}/${id}`)}
            onPeek={({ id }) => list.change({ peek: peek === id ? undefined : id })}
            empty={{
              title: translate('list.empty.title', { entities: text(entity.plural_label).toLowerCase() }),
              text: text(entity.description) || translate('list.empty.text'),
              action: <NewButton list={list} />,
            }}
          />
          <div className={classes.foot}>
            <Count list={list} />
          </div>
        </div>
        {peek !== undefined && <PeekPanel key={peek} list={list} id={peek} />}
      </div>
    </Page>
  );
}

function Actions({ list }: { readonly list: ReturnType<typeof useList> }) {
  const translate = useTranslate();
  const { entity, model } = list;
  const mayImport = entity.privileges.create && model.capabilities.includes('import');
  return (
    <>
      {entity.soft_delete && entity.privileges.delete && (
        <Button
          component={Link}
          to={`/recycle-bin/${entity.set}`}
          variant="subtle"
          color="gray"
          leftSection={<IconTrash size={15} />}
          className={classes.wide}
        >
          {translate('list.bin.title')}
        </Button>
      )}
      {mayImport && (
        <Button
          component={Link}
          to={`/import/${entity.set}`}
          variant="subtle"
          color="gray"
          leftSection={<IconFileImport size={15} />}
          className={classes.wide}
        >
          {translate('list.import')}
        </Button>
      )}
      <NewButton list={list} />
    </>
  );
}

function NewButton({ list: { entity } }: { readonly list: ReturnType<typeof useList> }) {
  const translate = useTranslate();
  const text = useText();
  if (!entity.privileges.create) return null;
  return (
    <Button component={Link} to={`/records/${entity.set}/new`} leftSection={<IconPlus size={15} />}>
      {translate('list.new', { entity: text(entity.label).toLowerCase() })}
    </Button>
  );
}
