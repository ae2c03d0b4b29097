// Change sets: what is being prepared, by whom, over which revision; and a new one.

import { CrmError } from '@kartoteka/sdk';
import { Button, Group, Modal, Table, Textarea, TextInput } from '@mantine/core';
import { IconGitBranch, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { useApi } from '../../data/api.ts';
import { EmptyState, ErrorState, ListSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { ChangeSet } from './api-types.ts';
import { ChangesTabs } from './ChangesTabs.tsx';
import classes from './lists.module.css';
import { METADATA, useChangeSets } from './metadata-api.ts';
import { PersonName } from './PersonName.tsx';

export function ChangeSetsPage() {
  const translate = useTranslate();
  const [isOpen, setOpen] = useState(false);
  const { data, error, refetch } = useChangeSets();
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen(true)}>
      {translate('changes.sets.new')}
    </Button>
  );
  return (
    <Page
      title={translate('changes.title')}
      subtitle={translate('changes.sets.subtitle')}
      actions={add}
      tabs={<ChangesTabs value="changes" />}
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <ListSkeleton rows={4} columns={5} />}
      {data?.length === 0 && (
        <EmptyState
          icon={<IconGitBranch size={22} />}
          title={translate('changes.sets.empty')}
          text={translate('changes.sets.empty_text')}
          action={add}
        />
      )}
      {data !== undefined && data.length > 0 && <SetTable sets={data} />}
      <NewSet opened={isOpen} onClose={() => setOpen(false)} />
    </Page>
  );
}

function SetTable({ sets }: { readonly sets: readonly ChangeSet[] }) {
  const translate = useTranslate();
  const { dateTime } = useFormat();
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table className={classes.table} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {['name', 'comment', 'author', 'changed', 'base'].map((column) => (
              <Table.Th key={column}>{translate(`changes.sets.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sets.map(({ name, comment, created_by_id, modified_on, base_revision }) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Link className={classes.link} to={`/admin/changes/${name}`}>
                  {name}
                </Link>
              </Table.Td>
              <Table.Td className={classes.wide}>{comment}</Table.Td>
              <Table.Td>
                <PersonName id={created_by_id} />
              </Table.Td>
              <Table.Td>{dateTime(modified_on)}</Table.Td>
              <Table.Td>{base_revision}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What the service takes as a name. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

function NewSet({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const translate = useTranslate();
  const api = useApi();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [comment, setComment] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!NAME.test(name)) return setError(translate('changes.sets.name_help'));
    setBusy(true);
    try {
      await api.send('POST', 'metadata/change_sets', { name, comment });
      await queryClient.invalidateQueries({ queryKey: [METADATA] });
      void navigate(`/admin/changes/${name}`);
    } catch (refused) {
      setError(refused instanceof CrmError ? refused.message : String(refused));
      setBusy(false);
    }
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={translate('changes.sets.new')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      <form onSubmit={(event) => void submit(event)} noValidate>
        <TextInput
          label={translate('changes.sets.name')}
          description={translate('changes.sets.name_help')}
          value={name}
          error={error}
          required
          data-autofocus
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Textarea
          mt="sm"
          label={translate('changes.comment')}
          value={comment}
          maxLength={2000}
          autosize
          minRows={2}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <Group justify="flex-end" mt="md" gap="xs">
          <Button variant="default" onClick={onClose}>
            {translate('app.cancel')}
          </Button>
          <Button type="submit" loading={isBusy}>
            {translate('changes.sets.make')}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
