// Asks which change set edits go into: one that there is, or a new one. It makes the set, and changes nothing in it.
import { Button, Group, Modal, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { useApi } from '../../../data/api.ts';
import { createChangeSet, listChangeSets } from '../data/metadata-api.ts';
import { DIALOG_PARTS } from './dialog-parts.ts';

/** Names of sets are small letters, digits, - and _. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** It is asked for from drawers, and stands over them. */
const OVER_DRAWERS = 350;

/** `onSettle` gets the name of the set, or null where the user went away. */
export function ChooseDraft(props: {
  readonly opened: boolean;
  readonly chosen: string | null;
  readonly onSettle: (name: string | null) => void;
}) {
  const t = useTranslate();
  return (
    <Modal
      zIndex={OVER_DRAWERS}
      closeButtonProps={{ 'aria-label': t('app.close') }}
      attributes={DIALOG_PARTS}
      opened={props.opened}
      onClose={() => props.onSettle(null)}
      title={t('model.draft.choose_title')}
      size="md"
    >
      {props.opened ? <Choose {...props} /> : null}
    </Modal>
  );
}

function Choose({
  chosen,
  onSettle,
}: {
  readonly chosen: string | null;
  readonly onSettle: (name: string | null) => void;
}) {
  const t = useTranslate();
  const api = useApi();
  const sets = useQuery({ queryKey: ['metadata', 'change_sets'], queryFn: () => listChangeSets(api) });
  const client = useQueryClient();
  const [choice, setChoice] = useState<string | null>(chosen);
  const [name, setName] = useState('');
  const [comment, setComment] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const known = sets.data ?? [];
  const fresh = choice === null || !known.some((set) => set.name === choice);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!fresh) return onSettle(choice);
    if (!NAME.test(name)) return setProblem(t('model.draft.name_rule'));
    try {
      const made = await createChangeSet(api, name, comment.trim());
      client.setQueryData(['metadata', 'change_set', name], made);
      await client.invalidateQueries({ queryKey: ['metadata', 'change_sets'] });
      onSettle(name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('model.draft.explained')}
        </Text>
        {known.length === 0 ? null : (
          <Radio.Group
            label={t('model.draft.which')}
            value={fresh ? '' : (choice ?? '')}
            onChange={(value) => setChoice(value === '' ? null : value)}
          >
            <Stack gap={6} mt={6}>
              {known.map((set) => (
                <Radio key={set.name} value={set.name} label={set.name} description={set.comment || undefined} />
              ))}
              <Radio value="" label={t('model.draft.new')} />
            </Stack>
          </Radio.Group>
        )}
        {fresh ? (
          <>
            <TextInput
              label={t('model.draft.name')}
              description={t('model.draft.name_rule')}
              placeholder="q4-fields"
              value={name}
              onChange={(event) => {
                setName(event.currentTarget.value);
                setProblem(undefined);
              }}
              error={problem}
              required
              data-autofocus
            />
            <Textarea
              label={t('model.draft.comment')}
              description={t('model.draft.comment_help')}
              value={comment}
              maxLength={2000}
              autosize
              onChange={(event) => setComment(event.currentTarget.value)}
            />
          </>
        ) : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onSettle(null)}>
            {t('model.cancel')}
          </Button>
          <Button type="submit">{fresh ? t('model.draft.create') : t('model.draft.use')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
