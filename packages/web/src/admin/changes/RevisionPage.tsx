// One publish: what it changed in words and in its documents, steps of it that still run, and the way back to before it.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { ErrorState, FormSkeleton, Page, useFormat } from '../../ui/index.ts';
import type { RevisionDetail } from './api-types.ts';
import { ChangeList } from './ChangeWords.tsx';
import { DocumentDiff } from './DocumentDiff.tsx';
import classes from './lists.module.css';
import { METADATA } from './metadata-api.ts';
import { Notice } from './Notice.tsx';
import { PersonName } from './PersonName.tsx';
import { Panel } from './PlanView.tsx';
import { BackgroundSteps } from './PublishProgress.tsx';

export function RevisionPage() {
  const { revision = '' } = useParams();
  const translate = useTranslate();
  const { dateTime } = useFormat();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'revision', revision],
    queryFn: ({ signal }) => api.get<RevisionDetail>(`metadata/revisions/${encodeURIComponent(revision)}`, { signal }),
  });
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <Page
      title={translate('changes.history.revision', { revision })}
      subtitle={
        data !== undefined && (
          <>
            {data.comment !== null && <div>{data.comment}</div>}
            <PersonName id={data.author_id} /> · {dateTime(data.created_on)}
          </>
        )
      }
      actions={
        <Button component={Link} to={`/admin/history/${revision}/roll-back`} variant="default">
          {translate('changes.history.roll_back')}
        </Button>
      }
    >
      {data === undefined ? <FormSkeleton /> : <Contents detail={data} />}
    </Page>
  );
}

function Contents({ detail }: { readonly detail: RevisionDetail }) {
  const translate = useTranslate();
  const { number, complete, changes, change_count, documents, document_count, bodies_left_out } = detail;
  return (
    <div className={classes.stack}>
      {!complete && <Notice color="gray">{translate('changes.history.incomplete')}</Notice>}
      <BackgroundSteps revision={number} />
      {changes.length > 0 && (
        <Panel title={translate('changes.plan.changes')} count={change_count ?? changes.length}>
          <ChangeList changes={changes} count={change_count ?? changes.length} />
        </Panel>
      )}
      {documents.slice(0, MOST_DOCUMENTS).map(({ layer, kind, name, before, after }) => (
        <Panel
          key={`${layer} ${kind} ${name}`}
          title={`${translate(`changes.what.${kind}`, { _: kind })} ${name} · ${layer}`}
        >
          <DocumentDiff before={before} after={after} />
        </Panel>
      ))}
      {(bodies_left_out || document_count > MOST_DOCUMENTS) && (
        <Notice color="gray">{translate('changes.history.left_out', { smart_count: document_count })}</Notice>
      )}
    </div>
  );
}

/** Drawn on one page; the first publish has all that ships. */
const MOST_DOCUMENTS = 50;
