// What was deleted and can be had back: the last first, with who deleted it. A restore brings back what went along with the record.
import { Alert, Button, CloseButton, Text } from '@mantine/core';
import { IconArrowLeft, IconRestore, IconTrash } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link, useParams } from 'react-router-dom';
import { useEntity, useText } from '../../data/model.tsx';
import { Page } from '../../ui/index.ts';
import bulkClasses from '../bulk/bulk.module.css';
import { goesWith } from '../bulk/goes-with.ts';
import { type Outcome, restoreMany } from '../bulk/operations.ts';
import { RunState } from '../bulk/RunState.tsx';
import { useBulk } from '../bulk/use-bulk.ts';
import { Count } from '../Count.tsx';
import { FilterBar } from '../filters/FilterBar.tsx';
import { NONE, selectAll } from '../grid/selection.ts';
import { ListBody } from '../ListBody.tsx';
import classes from '../list.module.css';
import { SearchBox } from '../SearchBox.tsx';
import { useList } from '../use-list.ts';

export function RecycleBinPage() {
  const { set = '' } = useParams();
  return <Bin key={set} set={set} />;
}

function Bin({ set }: { readonly set: string }) {
  const translate = useTranslate();
  const text = useText();
  const entity = useEntity(set);
  const list = useList(entity, true);
  const [selection, setSelection] = useState(NONE);
  const onDone = (outcomes: readonly Outcome[]): void => {
    for (const { id, ok } of outcomes) if (ok) list.rows.window.remove(id);
    setSelection(NONE);
    list.rows.window.refresh();
  };
  const bulk = useBulk(onDone);
  const along = goesWith(list.model, entity).map(({ plural_label }) => text(plural_label));
  const title = translate('list.bin.of', { entities: text(entity.plural_label) });
  const ids = [...selection.ids];
  const restore = (): void =>
    void bulk.start(translate('list.bulk.restore'), ids.length, (follow) => restoreMany(list.api, set, ids, follow));
  const back = (
    <Button
      component={Link}
      to={`/records/${set}`}
      variant="subtle"
      color="gray"
      leftSection={<IconArrowLeft size={15} />}
    >
      {text(entity.plural_label)}
    </Button>
  );
  return (
    <Page wide title={title} actions={back}>
      <Alert variant="light" color="gray" mb="xs" icon={<IconTrash size={16} />}>
        {translate('list.bin.text', { days: daysOf(list.model.organization) ?? '…' })}
        {along.length > 0 && ` ${translate('list.bin.along', { entities: along.join(', ') })}`}
      </Alert>
      {ids.length > 0 ? (
        <div className={bulkClasses.bar} role="toolbar" aria-label={translate('list.bulk.title')}>
          <Text size="sm" fw={500} px={4}>
            {translate('list.bulk.chosen', { smart_count: ids.length })}
          </Text>
          <Button size="compact-sm" leftSection={<IconRestore size={14} />} onClick={restore}>
            {translate('list.bulk.restore')}
          </Button>
          <CloseButton
            size="sm"
            ml="auto"
            aria-label={translate('list.bulk.none')}
            onClick={() => setSelection(NONE)}
          />
        </div>
      ) : (
        <div className={classes.tools}>
          <FilterBar list={list} />
          <SearchBox list={list} />
        </div>
      )}
      <RunState list={list} bulk={bulk} onChoose={(chosen) => setSelection(selectAll(chosen))} />
      <div className={classes.list}>
        <ListBody
          {...{ list, selection, setSelection }}
          label={title}
          empty={{ title: translate('list.bin.empty'), text: translate('list.bin.empty_text') }}
        />
        <div className={classes.foot}>
          <Count list={list} />
        </div>
      </div>
    </Page>
  );
}

/** For how long deleted records are kept; undefined where the service does not say. */
function daysOf(organization: Readonly<Record<string, unknown>>): number | undefined {
  return (organization.retention as { recycle_bin_days?: number } | undefined)?.recycle_bin_days;
}
