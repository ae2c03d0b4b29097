// The tree of business units: opened and closed, made, renamed, moved. A move tells first who gains and loses what by it.
import { ActionIcon, Button, Group, Menu, Modal, Select, Stack, Table, TextInput } from '@mantine/core';
import { IconBuilding, IconChevronDown, IconChevronRight, IconDots } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type FormEvent, useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { useApi } from '../../data/api.ts';
import { useModel } from '../../data/model.tsx';
import { Confirm, EmptyState, ErrorState, ListSkeleton, Page } from '../../ui/index.ts';
import { ChangeDialog } from './ChangeDialog.tsx';
import { useChanged, useUnits } from './data/directory.ts';
import { newParents, shownNodes, type Unit, type UnitNode, unitTree } from './logic/units.ts';
import { useAttempt } from './useAttempt.ts';

type Act =
  | { readonly kind: 'make'; readonly parent: Unit | null }
  | { readonly kind: 'rename' | 'move' | 'remove'; readonly unit: Unit };

export function UnitsPage() {
  const t = useTranslate();
  const { entities } = useModel();
  const { data, error, refetch } = useUnits();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<Act | null>(null);
  const nodes = useMemo(() => shownNodes(unitTree(data ?? []), closed), [data, closed]);
  const canMake = entities.business_unit?.privileges.create === true;
  const toggle = (id: string): void => {
    const next = new Set(closed);
    if (!next.delete(id)) next.add(id);
    setClosed(next);
  };
  const close = (): void => setAct(null);
  return (
    <Page
      title={t('rights.units.title')}
      subtitle={t('rights.units.subtitle')}
      actions={
        canMake && <Button onClick={() => setAct({ kind: 'make', parent: null })}>{t('rights.units.make')}</Button>
      }
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <ListSkeleton />}
      {data !== undefined && nodes.length === 0 && (
        <EmptyState
          icon={<IconBuilding size={24} />}
          title={t('rights.units.empty')}
          text={t('rights.units.subtitle')}
        />
      )}
      {nodes.length > 0 && <UnitTable nodes={nodes} closed={closed} onToggle={toggle} onAct={setAct} />}
      {act?.kind === 'make' && <UnitName unit={null} parent={act.parent} onClose={close} />}
      {act?.kind === 'rename' && <UnitName unit={act.unit} parent={null} onClose={close} />}
      {act?.kind === 'move' && <MoveUnit unit={act.unit} units={data ?? []} onClose={close} />}
      <RemoveUnit unit={act?.kind === 'remove' ? act.unit : null} onClose={close} />
    </Page>
  );
}

function UnitTable(props: {
  readonly nodes: readonly UnitNode[];
  readonly closed: ReadonlySet<string>;
  readonly onToggle: (id: string) => void;
  readonly onAct: (act: Act) => void;
}) {
  const t = useTranslate();
  const navigate = useNavigate();
  const { entities } = useModel();
  const privileges = entities.business_unit?.privileges;
  return (
    <Table verticalSpacing={4} highlightOnHover aria-label={t('rights.units.title')}>
      <Table.Tbody>
        {props.nodes.map((unit) => {
          const isOpen = !props.closed.has(unit.id);
          return (
            <Table.Tr key={unit.id}>
              <Table.Td>
                <Group gap={4} wrap="nowrap" pl={unit.level * 24}>
                  <ActionIcon
                    size="sm"
                    style={{ visibility: unit.children.length === 0 ? 'hidden' : undefined }}
                    aria-expanded={isOpen}
                    aria-label={t(isOpen ? 'rights.units.close' : 'rights.units.open', { name: unit.name })}
                    onClick={() => props.onToggle(unit.id)}
                  >
                    {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
                  </ActionIcon>
                  {unit.name}
                </Group>
              </Table.Td>
              <Table.Td w={48}>
                <Menu position="bottom-end">
                  <Menu.Target>
                    <ActionIcon aria-label={t('rights.units.menu', { name: unit.name })}>
                      <IconDots size={16} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => void navigate(`/admin/users?unit=${unit.id}`)}>
                      {t('rights.units.users')}
                    </Menu.Item>
                    {privileges?.create === true && (
                      <Menu.Item onClick={() => props.onAct({ kind: 'make', parent: unit })}>
                        {t('rights.units.below')}
                      </Menu.Item>
                    )}
                    {privileges?.write === true && (
                      <>
                        <Menu.Item onClick={() => props.onAct({ kind: 'rename', unit })}>
                          {t('rights.units.rename')}
                        </Menu.Item>
                        <Menu.Item onClick={() => props.onAct({ kind: 'move', unit })}>
                          {t('rights.units.move')}
                        </Menu.Item>
                      </>
                    )}
                    {privileges?.delete === true && (
                      <Menu.Item color="red" onClick={() => props.onAct({ kind: 'remove', unit })}>
                        {t('rights.units.remove')}
                      </Menu.Item>
                    )}
                  </Menu.Dropdown>
                </Menu>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

function UnitName(props: { readonly unit: Unit | null; readonly parent: Unit | null; readonly onClose: () => void }) {
  const t = useTranslate();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  const { unit, parent, onClose } = props;
  const [name, setName] = useState(unit?.name ?? '');
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const body = { name: name.trim() };
    const save = (): Promise<unknown> =>
      unit === null
        ? api.send('POST', 'business_units', parent === null ? body : { ...body, parent_id: parent.id })
        : api.send('PATCH', `business_units(${unit.id})`, body, { ifMatch: unit['@odata.etag'] });
    if (!(await attempt(save, 'rights.saved'))) return;
    await changed();
    onClose();
  };
  const title =
    unit === null ? (parent === null ? t('rights.units.make') : t('rights.units.below')) : t('rights.units.rename');
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('app.close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          {parent !== null && <TextInput label={t('rights.units.parent')} value={parent.name} readOnly />}
          <TextInput
            label={t('rights.units.name')}
            required
            maxLength={200}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === ''}>
              {t('rights.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const TOP = '';

function MoveUnit({
  unit,
  units,
  onClose,
}: {
  readonly unit: Unit;
  readonly units: readonly Unit[];
  readonly onClose: () => void;
}) {
  const t = useTranslate();
  const api = useApi();
  const changed = useChanged();
  const [parent, setParent] = useState<string>(unit.parent_id ?? TOP);
  const parent_id = parent === TOP ? null : parent;
  const places = newParents(units, unit.id).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <ChangeDialog
      title={t('rights.units.move_named', { name: unit.name })}
      change={parent_id === unit.parent_id ? null : { business_units: [{ id: unit.id, parent_id }] }}
      confirm={t('rights.units.move')}
      done="rights.saved"
      onConfirm={async () => {
        await api.send('PATCH', `business_units(${unit.id})`, { parent_id }, { ifMatch: unit['@odata.etag'] });
        await changed();
      }}
      onClose={onClose}
    >
      <Select
        label={t('rights.units.parent')}
        searchable
        allowDeselect={false}
        data={[{ value: TOP, label: t('rights.units.top') }, ...places]}
        value={parent}
        onChange={(value) => setParent(value ?? TOP)}
      />
    </ChangeDialog>
  );
}

function RemoveUnit({ unit, onClose }: { readonly unit: Unit | null; readonly onClose: () => void }) {
  const t = useTranslate();
  const api = useApi();
  const attempt = useAttempt();
  const changed = useChanged();
  return (
    <Confirm
      opened={unit !== null}
      title={t('rights.units.remove_named', { name: unit?.name ?? '' })}
      confirm={t('rights.units.remove')}
      danger
      onClose={onClose}
      onConfirm={async () => {
        const options = { ifMatch: unit?.['@odata.etag'] };
        if (
          !(await attempt(
            () => api.send('DELETE', `business_units(${unit?.id})`, undefined, options),
            'rights.removed',
          ))
        )
          return;
        await changed();
        onClose();
      }}
    >
      {t('rights.units.remove_text')}
    </Confirm>
  );
}
