// One change set: its documents with what each changes in what is published, whether it is right, and the ways on: plan, discard.
import { Button, Group, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { Confirm, EmptyState, ErrorState, FormSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { ChangedDocument, ChangeSetDetail, Finding } from './api-types.ts';
import { DocumentDiff } from './DocumentDiff.tsx';
import { FindingList } from './Findings.tsx';
import classes from './lists.module.css';
import { MovedDocuments } from './MovedDocuments.tsx';
import { METADATA, ONCE, setPath, useChangeSet, useDocumentPair } from './metadata-api.ts';
import { Notice } from './Notice.tsx';
import { PersonName } from './PersonName.tsx';
import { Panel } from './PlanView.tsx';

export function ChangeSetPage() {
  const { set = '' } = useParams();
  const { data, error, refetch } = useChangeSet(set);
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <Page
      title={set}
      subtitle={data === undefined ? undefined : <Facts set={data} />}
      actions={data === undefined ? undefined : <Actions set={data} />}
    >
      {data === undefined ? <FormSkeleton /> : <Contents set={data} />}
    </Page>
  );
}

function Facts({
  set: { comment, created_by_id, modified_on, base_revision, revision },
}: {
  readonly set: ChangeSetDetail;
}) {
  const translate = useTranslate();
  const { dateTime } = useFormat();
  return (
    <>
      {comment !== '' && <div>{comment}</div>}
      <PersonName id={created_by_id} /> · {dateTime(modified_on)} ·{' '}
      {translate('changes.set.base', { base: base_revision, revision })}
    </>
  );
}

function Actions({ set: { name, documents } }: { readonly set: ChangeSetDetail }) {
  const translate = useTranslate();
  const api = useApi();
  const navigate = useNavigate();
  const notify = useNotify();
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const discard = async (): Promise<void> => {
    try {
      await api.send('DELETE', setPath(name));
      await queryClient.invalidateQueries({ queryKey: [METADATA] });
      void navigate('/admin/changes');
    } catch (error) {
      notify(String((error as Error).message), { type: 'error' });
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {translate('changes.set.discard')}
      </Button>
      <Button component={Link} to={`/admin/changes/${name}/plan`} data-disabled={documents.length === 0 || undefined}>
        {translate('changes.set.plan')}
      </Button>
      <Confirm
        opened={isAsking}
        danger
        title={translate('changes.set.discard_title', { name })}
        confirm={translate('changes.set.discard')}
        onConfirm={discard}
        onClose={() => setAsking(false)}
      >
        {translate('changes.set.discard_text', { smart_count: documents.length })}
      </Confirm>
    </>
  );
}

function Contents({ set }: { readonly set: ChangeSetDetail }) {
  const translate = useTranslate();
  if (set.documents.length === 0) {
    return (
      <EmptyState
        title={translate('changes.set.empty')}
        text={translate('changes.set.empty_text')}
        action={
          <Button component={Link} to="/admin/model">
            {translate('changes.set.to_model')}
          </Button>
        }
      />
    );
  }
  return (
    <div className={classes.stack}>
      {set.base_revision < set.revision && <MovedDocuments set={set.name} quiet />}
      <Validation set={set} />
      {set.documents.map((document) => (
        <DocumentPanel key={`${document.kind} ${document.name}`} set={set.name} document={document} />
      ))}
    </div>
  );
}

function Validation({ set: { name, version } }: { readonly set: ChangeSetDetail }) {
  const translate = useTranslate();
  const api = useApi();
  const [state, setState] = useState<{ readonly version: number; readonly findings: readonly Finding[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const validate = async (): Promise<void> => {
    setError(null);
    try {
      const answer = await api.send<{ readonly findings: readonly Finding[] }>(
        'POST',
        `${setPath(name)}/validate`,
        undefined,
        ONCE,
      );
      setState({ version, findings: answer.findings });
    } catch (refused) {
      setError(refused);
    }
  };
  const findings = state?.version === version ? state.findings : null;
  return (
    <div>
      <Group gap="sm">
        <Button variant="default" size="xs" onClick={() => void validate()}>
          {translate('changes.set.validate')}
        </Button>
        {findings?.length === 0 && (
          <Text size="sm" c="var(--mantine-color-text)" role="status">
            {translate('changes.set.valid')}
          </Text>
        )}
      </Group>
      {error !== null && <ErrorState error={error} />}
      {findings !== null && findings.length > 0 && (
        <Notice color="red" mt="sm" role="alert" title={translate('changes.invalid')}>
          <FindingList findings={findings} />
        </Notice>
      )}
    </div>
  );
}

function DocumentPanel({ set, document }: { readonly set: string; readonly document: ChangedDocument }) {
  const translate = useTranslate();
  const { dateTime } = useFormat();
  const { kind, name, removed, modified_by_id, modified_on } = document;
  const { data, error, refetch } = useDocumentPair(set, kind, name, removed);
  return (
    <Panel title={`${translate(`changes.what.${kind}`, { _: kind })} ${name}`}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Text size="xs" c="dimmed">
          <PersonName id={modified_by_id} /> · {dateTime(modified_on)}
          {removed && ` · ${translate('changes.set.removed')}`}
        </Text>
        <RevertButton set={set} document={document} />
      </Group>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data !== undefined && <DocumentDiff before={data.before} after={data.after} />}
    </Panel>
  );
}

function RevertButton({ set, document: { kind, name } }: { readonly set: string; readonly document: ChangedDocument }) {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const queryClient = useQueryClient();
  const revert = async (): Promise<void> => {
    try {
      await api.send('POST', `${setPath(set)}/documents/${kind}/${encodeURIComponent(name)}/revert`);
      await queryClient.invalidateQueries({ queryKey: [METADATA] });
    } catch (error) {
      notify(String((error as Error).message), { type: 'error' });
    }
  };
  return (
    <Button variant="subtle" size="compact-xs" onClick={() => void revert()}>
      {translate('changes.set.revert')}
    </Button>
  );
}
