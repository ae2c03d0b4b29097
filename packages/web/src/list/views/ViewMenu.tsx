// Which view of the list is shown: those of the documents, those that the person has saved, and those that others have shared with him; and what
// can be done with his own.
import { Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconStar } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { lazy, Suspense, useState } from 'react';
import { useUndoNotice } from '../../ui/undo-notice.tsx';
import { writeSort } from '../columns/columns.ts';
import type { List, ShownView } from '../use-list.ts';
import { NameView } from './NameView.tsx';
import { type Definition, MOST_SAVED_VIEWS, type SavedView, viewName } from './saved-views.ts';

const SharingPanel = lazy(async () => ({ default: (await import('../../record/SharingPanel.tsx')).SharingPanel }));

type Asking = 'save' | 'rename' | 'share';

export function ViewMenu({ list }: { readonly list: List }) {
  const translate = useTranslate();
  const [asking, setAsking] = useState<Asking>();
  const { views, view, saved, change } = list;
  const show = ({ name }: Pick<ShownView, 'name'>): void => change({ view: name, filter: undefined, sort: undefined });
  const item = (each: ShownView) => (
    <Menu.Item
      key={each.name}
      leftSection={<IconCheck size={14} style={{ visibility: each === view ? 'visible' : 'hidden' }} />}
      rightSection={
        each.saved?.isDefault === true ? <IconStar size={14} aria-label={translate('list.view.first')} /> : null
      }
      onClick={() => show(each)}
    >
      {each.label}
    </Menu.Item>
  );
  const section = (label: string, some: readonly ShownView[]) =>
    some.length > 0 && (
      <>
        <Menu.Label>{translate(label)}</Menu.Label>
        {some.map(item)}
      </>
    );
  const acts = useViewActs(list, setAsking);
  return (
    <>
      <Menu position="bottom-start" width={300}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            rightSection={<IconChevronDown size={14} />}
            aria-label={translate('list.view.choose', { view: view.label })}
            style={{ minWidth: 0 }}
          >
            {view.label}
            {list.isChanged ? ' *' : ''}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={460} style={{ overflow: 'auto' }}>
          {views.filter(({ saved: own }) => own === undefined).map(item)}
          {section(
            'list.view.own',
            views.filter((each) => each.saved?.isMine === true),
          )}
          {section(
            'list.view.shared',
            views.filter((each) => each.saved?.isMine === false),
          )}
          {acts.length > 0 && <Menu.Divider />}
          {acts.map(({ name, run, danger }) => (
            <Menu.Item key={name} onClick={run} {...(danger === true ? { color: 'red' } : {})}>
              {translate(`list.view.${name}`, { view: view.label })}
            </Menu.Item>
          ))}
          {saved.views.length >= MOST_SAVED_VIEWS && <Menu.Label>{translate('list.view.most')}</Menu.Label>}
        </Menu.Dropdown>
      </Menu>
      {asking === 'save' && (
        <NameView
          title={translate('list.view.save')}
          onClose={() => setAsking(undefined)}
          onNamed={async (name) => {
            const id = await saved.create(name, definitionNow(list));
            list.setColumns(undefined);
            show({ name: viewName(id) });
          }}
        />
      )}
      {asking === 'rename' && view.saved !== undefined && (
        <NameView
          title={translate('list.view.rename', { view: view.label })}
          name={view.label}
          onClose={() => setAsking(undefined)}
          onNamed={(name) => saved.rename(view.saved?.id ?? '', name)}
        />
      )}
      {asking === 'share' && view.saved !== undefined && saved.entity !== undefined && (
        <Suspense>
          <SharingPanel
            entity={saved.entity}
            id={view.saved.id}
            title={view.label}
            opened
            onClose={() => setAsking(undefined)}
          />
        </Suspense>
      )}
    </>
  );
}

/** The list as it is shown now. */
function definitionNow(list: List): Definition {
  const columns = list.columns.map(({ path, width }) => ({ path, width }));
  const definition = { columns, filter: list.filter, sort: writeSort(list.sort) };
  return list.group === undefined ? definition : { ...definition, grouping: list.group.path };
}

interface Act {
  readonly name: 'reset' | 'update' | 'save' | 'rename' | 'share' | 'open_first' | 'open_usual' | 'remove';
  readonly run: () => void;
  readonly danger?: true;
}

/** What can be done with the view that is shown, in the order of the menu. */
function useViewActs(list: List, ask: (asking: Asking) => void): readonly Act[] {
  const translate = useTranslate();
  const notice = useUndoNotice();
  const { view, saved, change, isChanged } = list;
  const leave = (): void => change({ view: undefined, filter: undefined, sort: undefined });
  /** Something that the service may refuse: that is told, and nothing else happens. */
  const told = (work: () => Promise<void>): void => {
    work().catch((error: unknown) => list.tell(error));
  };
  const reset: Act = {
    name: 'reset',
    run: () => {
      list.setColumns(undefined);
      change({ filter: undefined, sort: undefined });
    },
  };
  const ofMine = (mine: SavedView): readonly Act[] => [
    ...(isChanged
      ? [
          {
            name: 'update' as const,
            run: () =>
              told(async () => {
                await saved.update(mine.id, definitionNow(list));
                reset.run();
              }),
          },
        ]
      : []),
    { name: 'rename', run: () => ask('rename') },
    ...(saved.entity?.privileges.share === true
      ? [
          {
            name: 'share' as const,
            run: () =>
              told(async () => {
                if (!mine.isOffered) await saved.offer(mine.id);
                ask('share');
              }),
          },
        ]
      : []),
    mine.isDefault
      ? { name: 'open_usual', run: () => told(() => saved.openWith(null)) }
      : { name: 'open_first', run: () => told(() => saved.openWith(mine.id)) },
    {
      name: 'remove',
      danger: true,
      run: () =>
        told(async () => {
          await saved.remove(mine.id);
          leave();
          notice({
            message: translate('list.view.removed', { view: mine.label }),
            undo: () => saved.restore(mine.id),
            undone: translate('list.view.restored', { view: mine.label }),
          });
        }),
    },
  ];
  return [
    ...(isChanged ? [reset] : []),
    ...(saved.mayCreate ? [{ name: 'save' as const, run: () => ask('save') }] : []),
    ...(view.saved?.isMine === true ? ofMine(view.saved) : []),
  ];
}
