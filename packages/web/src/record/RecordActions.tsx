// What can be done with a record beside editing it: assign, share, explain, duplicate, delete with what goes with it.
import type { ClientEntity } from '@kartoteka/metadata';
import { ActionIcon, Menu } from '@mantine/core';
import { IconCopy, IconDots, IconHelpCircle, IconShare, IconTrash, IconUserShare } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useText } from '../data/model.tsx';
import { controlOf } from '../fields/registry.ts';
import type { RecordValues } from '../fields/types.ts';
import { AssignDialog } from './AssignDialog.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import { may, type RecordRights } from './record-data.ts';

interface ActionsProps {
  readonly entity: ClientEntity;
  readonly id: string;
  readonly record: RecordValues;
  readonly title: string;
  readonly rights: RecordRights | undefined;
  readonly isDirty: boolean;
  readonly onPanel: (panel: 'sharing' | 'access') => void;
  /** The form's unsaved changes are of no use any more. */
  readonly onDeleted: () => void;
}

export function RecordActions(props: ActionsProps) {
  const { entity, id, record, title, rights, isDirty, onPanel, onDeleted } = props;
  const translate = useTranslate();
  const text = useText();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'assign' | 'delete'>();
  const isOwned = entity.ownership === 'user' || entity.ownership === 'business_unit';
  const close = (): void => setDialog(undefined);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={translate('record.more')} variant="default" size={34}>
            <IconDots size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isOwned && may(entity, rights, 'assign') ? (
            <Menu.Item leftSection={<IconUserShare size={16} />} disabled={isDirty} onClick={() => setDialog('assign')}>
              {translate('record.assign.action')}
            </Menu.Item>
          ) : null}
          {entity.ownership !== 'organization' && may(entity, rights, 'share') ? (
            <Menu.Item leftSection={<IconShare size={16} />} onClick={() => onPanel('sharing')}>
              {translate('record.sharing.action')}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<IconHelpCircle size={16} />} onClick={() => onPanel('access')}>
            {translate('record.access.action')}
          </Menu.Item>
          {entity.privileges.create ? (
            <Menu.Item
              leftSection={<IconCopy size={16} />}
              onClick={() => navigate(`/records/${entity.set}/new?${copied(entity, record)}`)}
            >
              {translate('record.duplicate')}
            </Menu.Item>
          ) : null}
          {may(entity, rights, 'delete') ? (
            <>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setDialog('delete')}>
                {translate('record.delete.action')}
              </Menu.Item>
            </>
          ) : null}
        </Menu.Dropdown>
      </Menu>
      {dialog === 'assign' ? <AssignDialog {...{ entity, id, record, title }} onClose={close} /> : null}
      {dialog === 'delete' ? (
        <DeleteDialog {...{ entity, id, title, onDeleted }} label={text(entity.label)} onClose={close} />
      ) : null}
    </>
  );
}

/** What of a record a copy of it begins with, as a query: what can be written and is short enough for an address. */
function copied(entity: ClientEntity, record: RecordValues): string {
  const keyed = new Set(entity.keys.flat());
  const query = new URLSearchParams();
  for (const field of Object.values(entity.fields)) {
    if (field.read_only || controlOf(field).Input === undefined || field.secured !== undefined) continue;
    for (const property of field.properties) {
      const value = record[property];
      const isShort = typeof value === 'boolean' || (typeof value === 'string' && value.length <= 300);
      if (isShort && !keyed.has(property) && !property.endsWith('_base')) query.set(property, String(value));
    }
  }
  return query.toString();
}
