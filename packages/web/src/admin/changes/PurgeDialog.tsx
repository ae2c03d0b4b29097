// What a purge of the chosen items would drop for good: what is lost, the statements, and the word that has to be typed.

import { CrmError } from '@kartoteka/sdk';
import { Button, Code, Group, Modal, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { useState } from 'react';
import { useApi } from '../../data/api.ts';
import { ErrorState, FormSkeleton } from '../../ui/index.ts';
import type { PurgePlan } from './api-types.ts';
import { useRecords } from './formats.ts';
import classes from './lists.module.css';
import { METADATA, ONCE, useAfterPublish } from './metadata-api.ts';
import { Notice } from './Notice.tsx';

export function PurgeDialog({ items, onClose }: { readonly items: readonly string[]; readonly onClose: () => void }) {
  const translate = useTranslate();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'purge_plan', items],
    queryFn: ({ signal }) => api.send<PurgePlan>('POST', 'metadata/purge/plan', { items }, { signal, ...ONCE }),
    gcTime: 0,
  });
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={translate('changes.purge.title')}
      closeButtonProps={{ 'aria-label': translate('app.close') }}
    >
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <FormSkeleton fields={3} />}
      {data !== undefined && <PurgeForm plan={data} onClose={onClose} onPlanAgain={() => void refetch()} />}
    </Modal>
  );
}

interface PurgeFormProps {
  readonly plan: PurgePlan;
  readonly onClose: () => void;
  readonly onPlanAgain: () => void;
}

function PurgeForm({ plan, onClose, onPlanAgain }: PurgeFormProps) {
  const translate = useTranslate();
  const records = useRecords();
  const { word, setWord, comment, setComment, error, isBusy, run, isMeant } = usePurge(plan, onClose, onPlanAgain);
  return (
    <>
      <Notice color="red" mb="sm">
        {translate('changes.purge.text')}
      </Notice>
      <ul className={classes.list}>
        {plan.items.map((item) => (
          <li key={item.item} className={classes.item}>
            <Text size="sm">
              <b>{item.property === null ? item.entity : `${item.entity}.${item.property}`}</b> · {records(item)}
            </Text>
          </li>
        ))}
      </ul>
      <Code block className={classes.sql} my="sm">
        {plan.steps.map(({ sql }) => sql).join(';\n')}
      </Code>
      <Textarea
        label={translate('changes.comment')}
        value={comment}
        maxLength={2000}
        autosize
        onChange={({ currentTarget }) => setComment(currentTarget.value)}
      />
      <TextInput
        mt="sm"
        label={translate('changes.purge.type', { word: translate('changes.purge.word') })}
        value={word}
        autoComplete="off"
        onChange={({ currentTarget }) => setWord(currentTarget.value)}
      />
      {error !== null && (
        <Notice color="red" mt="sm" role="alert">
          {error}
        </Notice>
      )}
      <Group justify="flex-end" mt="md" gap="xs">
        <Button variant="default" onClick={onClose} data-autofocus>
          {translate('app.cancel')}
        </Button>
        <Button color="red" loading={isBusy} disabled={!isMeant} onClick={() => void run()}>
          {translate('changes.purge.run')}
        </Button>
      </Group>
    </>
  );
}

function usePurge({ items, fingerprint }: PurgePlan, onClose: () => void, onPlanAgain: () => void) {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const afterPublish = useAfterPublish();
  const [word, setWord] = useState('');
  const [comment, setComment] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const names = items.map(({ item }) => item);
      await api.send('POST', 'metadata/purge', { items: names, fingerprint, comment }, ONCE);
      notify('changes.purge.done', { type: 'success', messageArgs: { smart_count: items.length } });
      void afterPublish();
      onClose();
    } catch (refused) {
      setError(refused instanceof CrmError ? `${refused.message} ${refused.hint ?? ''}` : String(refused));
      if (refused instanceof CrmError && refused.code === 'plan_moved') onPlanAgain();
    } finally {
      setBusy(false);
    }
  };
  const isMeant = word.trim().toLowerCase() === translate('changes.purge.word').toLowerCase();
  return { word, setWord, comment, setComment, error, isBusy, run, isMeant };
}
