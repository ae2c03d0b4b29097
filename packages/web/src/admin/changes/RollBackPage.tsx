// The plan of bringing the custom layer back to a revision, and doing so.
import { Button } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router';
import { useApi } from '../../data/api.ts';
import { Page } from '../../ui/index.ts';
import type { PlanReport, Published } from './api-types.ts';
import { ONCE } from './metadata-api.ts';
import { PublishAct } from './PublishAct.tsx';

export function RollBackPage() {
  const { revision = '' } = useParams();
  const translate = useTranslate();
  const api = useApi();
  const path = `metadata/revisions/${encodeURIComponent(revision)}/roll_back`;
  return (
    <Page
      title={translate('changes.roll_back.title', { revision })}
      subtitle={translate('changes.roll_back.subtitle')}
      wide
    >
      <PublishAct
        id={['roll_back', revision]}
        plan={(_, signal) => api.send<PlanReport>('POST', `${path}/plan`, undefined, { signal, ...ONCE })}
        publish={({ fingerprint, comment, allowDestructive }) =>
          api.send<Published>('POST', path, { fingerprint, comment, allow_destructive: allowDestructive }, ONCE)
        }
        comment={translate('changes.roll_back.comment', { revision })}
        action={translate('changes.history.roll_back')}
        done={
          <div>
            <Button component={Link} to="/admin/history" variant="default">
              {translate('changes.tabs.history')}
            </Button>
          </div>
        }
      />
    </Page>
  );
}
