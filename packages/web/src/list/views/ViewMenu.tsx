// Which view of the list is shown: those of the documents, and a person's own, which are kept in this browser and say so.
import { Alert, Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { IconCheck, IconChevronDown } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { writeSort } from '../columns/columns.ts';
import { MOST_OWN_VIEWS, newName } from '../personal.ts';
import type { List, ShownView } from '../use-list.ts';

export function ViewMenu({ list }: { readonly list: List }) {
  const translate = useTranslate();
  const [saving, setSaving] = useState(false);
  const { views, view, personal, change, isChanged } = list;
  const show = ({ name }: ShownView): void => change({ view: name, filter: undefined, sort: undefined });
  const reset = (): void => {
    list.setColumns(undefined);
    change({ filter: undefined, sort: undefined });
  };
  const written = views.filter(({ isOwn }) => !isOwn);
  const own = views.filter(({ isOwn }) => isOwn);
  const item = (each: ShownView) => (
    <Menu.Item
      key={each.name}
      leftSection={<IconCheck size={14} style={{ visibility: each === view ? 'visible' : 'hidden' }} />}
      onClick={() => show(each)}
    >
      {each.label}
    </Menu.Item>
  );
  return (
    <>
      <Menu position="bottom-start" width={300}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            rightSection={<IconChevronDown size={14} />}
            aria-label={translate('list.view.choose', { view: view.label })}
          >
            {view.label}
            {isChanged ? ' *' : ''}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={420} style={{ overflow: 'auto' }}>
          {written.map(item)}
          {own.length > 0 && <Menu.Label>{translate('list.view.own')}</Menu.Label>}
          {own.map(item)}
          <Menu.Divider />
          {isChanged && <Menu.Item onClick={reset}>{translate('list.view.reset')}</Menu.Item>}
          {isChanged && view.isOwn && (
            <Menu.Item onClick={() => store(list, view)}>
              {translate('list.view.update', { view: view.label })}
            </Menu.Item>
          )}
          <Menu.Item disabled={own.length >= MOST_OWN_VIEWS} onClick={() => setSaving(true)}>
            {translate('list.view.save')}
          </Menu.Item>
          {view.isOwn && (
            <Menu.Item
              color="red"
              onClick={() => {
                personal.removeView(view.name);
                change({ view: undefined, filter: undefined, sort: undefined });
              }}
            >
              {translate('list.view.remove', { view: view.label })}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {saving && <SaveView list={list} onClose={() => setSaving(false)} />}
    </>
  );
}

/** The list as it is shown now, as a view of the person's own. */
function store(list: List, { name, label }: Pick<ShownView, 'name' | 'label'>): void {
  const columns = list.columns.map(({ path, width }) => ({ path, width }));
  list.personal.saveView({ name, label, columns, filter: list.filter, sort: writeSort(list.sort) });
  list.personal.setColumns(name, undefined);
  list.change({ view: name, filter: undefined, sort: undefined });
}

const LONGEST = 100;

function SaveView({ list, onClose }: { readonly list: List; readonly onClose: () => void }) {
  const translate = useTranslate();
  const [label, setLabel] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (label.trim() === '') return;
    store(list, { name: newName(), label: label.trim() });
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={translate('list.view.save')}
      closeButtonProps={{ 'aria-label': translate('list.close') }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            data-autofocus
            label={translate('list.view.name')}
            value={label}
            maxLength={LONGEST}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          <Alert variant="light" color="gray">
            {translate('list.view.where')}
          </Alert>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {translate('list.cancel')}
            </Button>
            <Button type="submit" disabled={label.trim() === ''}>
              {translate('list.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
