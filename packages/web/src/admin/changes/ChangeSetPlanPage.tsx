// The plan of a change set and its publish. Role documents of the set are asked for, so that people who gain and lose records are named.
import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link, useParams, useSearchParams } from 'react-router';
import { type Api, useApi } from '../../data/api.ts';
import { ErrorState, FormSkeleton, Page } from '../../ui/index.ts';
import type { ChangeSetDetail, PlanReport, Published } from './api-types.ts';
import { MovedDocuments } from './MovedDocuments.tsx';
import { METADATA, ONCE, setPath } from './metadata-api.ts';
import { PublishAct } from './PublishAct.tsx';

interface Prepared {
  readonly comment: string;
  readonly roles: readonly unknown[];
  /** Grows with every change of the set: a plan is one of it as it is. */
  readonly version: number;
}

async function prepared(api: Api, set: string, signal: AbortSignal): Promise<Prepared> {
  const { comment, version, documents } = await api.get<ChangeSetDetail>(setPath(set), { signal });
  const roles: unknown[] = [];
  for (const { kind, name, removed } of documents.filter((document) => document.kind === 'role')) {
    const path = `${setPath(set)}/documents/${kind}/${encodeURIComponent(name)}`;
    roles.push(removed ? { name, remove: true } : (await api.get<{ readonly body: unknown }>(path, { signal })).body);
  }
  return { comment, roles, version };
}

export function ChangeSetPlanPage() {
  const { set = '' } = useParams();
  const [search] = useSearchParams();
  const translate = useTranslate();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: [METADATA, 'prepared', set],
    queryFn: ({ signal }) => prepared(api, set, signal),
    // The set is gone once it is published: what was read of it stays on the page.
    retry: false,
    refetchOnWindowFocus: false,
  });
  return (
    <Page title={translate('changes.plan.title', { name: set })} subtitle={translate('changes.plan.subtitle')} wide>
      {data === undefined && error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <FormSkeleton />}
      {data !== undefined && (
        <PublishAct
          id={['change_set', set, String(data.version)]}
          plan={(options, signal) => api.send<PlanReport>('POST', `${setPath(set)}/plan`, options, { signal, ...ONCE })}
          publish={({ fingerprint, comment, allowDestructive, restore }) =>
            api.send<Published>(
              'POST',
              `${setPath(set)}/publish`,
              { fingerprint, comment, allow_destructive: allowDestructive, restore },
              ONCE,
            )
          }
          roles={data.roles}
          comment={data.comment}
          mayRestore
          restore={search.get('restore') === 'true'}
          action={translate('changes.plan.publish')}
          moved={<MovedDocuments set={set} />}
          done={
            <Group>
              <Button component={Link} to="/admin/history" variant="default">
                {translate('changes.tabs.history')}
              </Button>
              <Button component={Link} to="/admin/changes" variant="default">
                {translate('changes.title')}
              </Button>
            </Group>
          }
        />
      )}
    </Page>
  );
}
