// The help of the keyboard shortcuts.
import { Kbd, Modal, Table } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Fragment } from 'react';
import { SHORTCUTS } from './shortcuts.ts';

export function Shortcuts({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const translate = useTranslate();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={translate('app.shortcuts.title')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <Table verticalSpacing={8}>
        <Table.Tbody>
          {SHORTCUTS.map(({ name, keys }) => (
            <Table.Tr key={name}>
              <Table.Td>{translate(`app.shortcuts.${name}`)}</Table.Td>
              <Table.Td ta="right">
                {keys.map((key, at) => (
                  <Fragment key={key}>
                    {at > 0 && ' '}
                    <Kbd size="xs">{key}</Kbd>
                  </Fragment>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
