// From a plan to its publish: the plan is read, what it destroys is consented to, it is published by its fingerprint, and what follows is
// shown as it happens. What is planned (a change set, a roll back, a package) is whoever uses it to say.

import { CrmError } from '@kartoteka/sdk';
import { Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { ErrorState, FormSkeleton } from '../../ui/index.ts';
import type { PlanReport, Published } from './api-types.ts';
import { FindingsOf } from './Findings.tsx';
import classes from './lists.module.css';
import { METADATA, useAfterPublish, usePreview } from './metadata-api.ts';
import { Notice } from './Notice.tsx';
import { PlanView } from './PlanView.tsx';
import { type Consents, PublishForm } from './PublishForm.tsx';
import { PublishProgress } from './PublishProgress.tsx';

export interface PublishRequest {
  readonly fingerprint: string;
  readonly comment: string;
  readonly allowDestructive: boolean;
  readonly restore: boolean;
}

export interface PublishActProps {
  /** Tells it from every other plan, in the cache. */
  readonly id: readonly string[];
  /** Null: there is nothing to do. */
  readonly plan: (options: { readonly restore: boolean }, signal: AbortSignal) => Promise<PlanReport | null>;
  readonly publish: (request: PublishRequest) => Promise<Published>;
  /** Role documents among what is published, for who gains and loses records. */
  readonly roles?: readonly unknown[];
  readonly comment?: string;
  /** Whether hidden values come back only where that is asked for. */
  readonly mayRestore?: boolean;
  readonly restore?: boolean;
  /** The word on the button. */
  readonly action: string;
  /** In place of the plan, where others have published one of the same documents. */
  readonly moved?: ReactNode;
  /** Below the result. */
  readonly done?: ReactNode;
}

export function PublishAct(props: PublishActProps) {
  const { id, plan, roles = [], mayRestore = false } = props;
  const [restore, setRestore] = useState(props.restore ?? false);
  const [published, setPublished] = useState<Published | null>(null);
  const planned = useQuery({
    queryKey: [METADATA, 'plan', ...id, restore],
    queryFn: ({ signal }) => plan({ restore }, signal),
    // What was read is what is published: it does not change under the eye. The service refuses it where it has moved.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    enabled: published === null,
  });
  const preview = usePreview(roles, (planned.data?.rights.length ?? 0) > 0);
  if (published !== null) return <PublishProgress published={published} done={props.done} />;
  if (planned.error !== null) {
    return <PlanRefused error={planned.error} onRetry={() => void planned.refetch()} moved={props.moved} />;
  }
  if (planned.data === undefined) return <FormSkeleton />;
  if (planned.data === null) return props.done ?? null;
  return (
    <Planned
      {...props}
      report={planned.data}
      preview={{ data: preview.data ?? null, error: preview.error }}
      restore={{ value: restore, change: mayRestore ? setRestore : null }}
      onPublished={setPublished}
      onPlanAgain={() => void planned.refetch()}
    />
  );
}

interface PlannedProps extends Omit<PublishActProps, 'restore' | 'plan'> {
  readonly report: PlanReport;
  readonly preview: { readonly data: React.ComponentProps<typeof PlanView>['preview']; readonly error: unknown };
  readonly restore: { readonly value: boolean; readonly change: ((value: boolean) => void) | null };
  readonly onPublished: (published: Published) => void;
  readonly onPlanAgain: () => void;
}

function Planned({
  id,
  report,
  preview,
  restore,
  publish,
  comment = '',
  action,
  onPublished,
  onPlanAgain,
  moved,
}: PlannedProps) {
  const translate = useTranslate();
  const queryClient = useQueryClient();
  const afterPublish = useAfterPublish();
  const [isBusy, setBusy] = useState(false);
  const [hasMoved, setMoved] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async ({ comment: said, destructive }: Consents): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { fingerprint } = report;
      const done = await publish({ fingerprint, comment: said, allowDestructive: destructive, restore: restore.value });
      onPublished(done);
      void afterPublish();
    } catch (refused) {
      const newPlan = movedPlan(refused);
      if (newPlan === undefined) setError(refused);
      else queryClient.setQueryData([METADATA, 'plan', ...id, restore.value], newPlan);
      setMoved(newPlan !== undefined);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={classes.stack}>
      {hasMoved && (
        <Notice color="yellow" title={translate('changes.plan.moved')} role="alert">
          {translate('changes.plan.moved_text')}
        </Notice>
      )}
      {error !== null && <PlanRefused error={error} onRetry={onPlanAgain} moved={moved} />}
      <PlanView plan={report} preview={preview.data} previewError={preview.error} />
      <PublishForm
        // Consent is given to a plan, not to the next one.
        key={report.fingerprint}
        plan={report}
        comment={comment}
        action={action}
        isBusy={isBusy}
        restore={restore}
        onPublish={(consents) => void run(consents)}
      />
    </div>
  );
}

/** The plan that the service holds against the one that was seen. */
function movedPlan(error: unknown): PlanReport | undefined {
  if (!(error instanceof CrmError) || error.code !== 'plan_moved') return undefined;
  const details = error.details as readonly { readonly '@kartoteka.plan'?: PlanReport }[];
  return details.map((detail) => detail['@kartoteka.plan']).find((plan) => plan !== undefined);
}

interface PlanRefusedProps {
  readonly error: unknown;
  readonly onRetry: () => void;
  readonly moved?: ReactNode;
}

/** Why there is no plan, or no publish, and what can be done. */
function PlanRefused({ error, onRetry, moved }: PlanRefusedProps) {
  const translate = useTranslate();
  if (error instanceof CrmError && error.code === 'documents_moved' && moved !== undefined) return <>{moved}</>;
  if (error instanceof CrmError && error.code === 'invalid_documents') {
    return (
      <Notice color="red" title={translate('changes.invalid')} role="alert">
        <FindingsOf error={error} />
        <Group mt="sm">
          <Button variant="default" size="xs" onClick={onRetry}>
            {translate('changes.plan.again')}
          </Button>
        </Group>
      </Notice>
    );
  }
  return <ErrorState error={error} onRetry={onRetry} />;
}
