// After a publish: that it is done, and the background steps that go on, each as far as it is. They try again by themselves; a conversion
// can be given up and taken up again, as far as the service lets it.
import { Button, Code, Progress, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNotify, useTranslate } from 'ra-core';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../data/api.ts';
import { useFormat } from '../../ui/index.ts';
import type { BackgroundStep, Published } from './api-types.ts';
import classes from './lists.module.css';
import { Mark } from './Mark.tsx';
import { METADATA, ONCE, useBackgroundSteps } from './metadata-api.ts';
import { Notice } from './Notice.tsx';
import { Panel } from './PlanView.tsx';

export function PublishProgress({ published, done }: { readonly published: Published; readonly done?: ReactNode }) {
  const translate = useTranslate();
  const { revision, outcome, pending_steps } = published;
  return (
    <div className={classes.stack}>
      <Notice
        color="green"
        icon={<IconCircleCheck size={18} />}
        role="status"
        title={translate(`changes.published.${outcome}`, { revision })}
      >
        {translate(pending_steps === 0 ? 'changes.published.complete' : 'changes.published.going_on')}
      </Notice>
      {outcome === 'published' && <BackgroundSteps revision={revision} />}
      {done}
    </div>
  );
}

/** Steps of a publish, followed until the last is done. Nothing where there are none. */
export function BackgroundSteps({ revision }: { readonly revision: number }) {
  const translate = useTranslate();
  const { data: steps = [] } = useBackgroundSteps(revision);
  if (steps.length === 0) return null;
  const done = steps.filter(({ state }) => state === 'done' || state === 'given_up').length;
  return (
    <Panel title={translate('changes.steps.title')} count={steps.length}>
      <Progress
        value={(done / steps.length) * 100}
        mb="sm"
        aria-label={translate('changes.steps.done', { done, all: steps.length })}
      />
      <Text size="xs" c="dimmed" mb="sm">
        {translate('changes.steps.help')}
      </Text>
      {steps.map((step) => (
        <Step key={step.id} step={step} />
      ))}
    </Panel>
  );
}

const COLORS: Readonly<Record<BackgroundStep['state'], string>> = {
  pending: 'gray',
  running: 'blue',
  waiting: 'yellow',
  given_up: 'gray',
  done: 'green',
};

function Step({ step }: { readonly step: BackgroundStep }) {
  const translate = useTranslate();
  const { number, dateTime } = useFormat();
  const { state, kind, table, object, sql, rows_done, rows_total, phase, error, attempts, due_on } = step;
  const total = Number(rows_total ?? 0);
  const rows =
    rows_done === null ? null : { done: number(rows_done), all: rows_total === null ? '?' : number(rows_total) };
  return (
    <div className={classes.step}>
      <div className={classes.facts}>
        <Mark color={COLORS[state]}>{translate(`changes.steps.state.${state}`)}</Mark>
        <span>{translate(`changes.steps.kind.${kind}`, { _: kind })}</span>
        <span>{`${table} · ${object}`}</span>
        {rows !== null && <span>{translate('changes.steps.rows', rows)}</span>}
        {phase !== null && <span>{phase}</span>}
        {attempts > 1 && <span>{translate('changes.steps.attempts', { smart_count: attempts })}</span>}
      </div>
      {rows_done !== null && total > 0 && state !== 'done' && (
        <Progress value={(Number(rows_done) / total) * 100} mt={6} size="sm" aria-label={`${table} ${object}`} />
      )}
      <Code block className={classes.sql} mt={6}>
        {sql}
      </Code>
      {error !== null && state !== 'done' && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4}>
          {error}
          {due_on !== null && ` · ${translate('changes.steps.again', { when: dateTime(due_on) })}`}
        </Text>
      )}
      <StepActions step={step} />
    </div>
  );
}

/** Kinds that the service lets be given up; others it tries until they succeed. */
const ENDABLE: ReadonlySet<string> = new Set(['convert_rows']);

function StepActions({ step: { id, kind, state } }: { readonly step: BackgroundStep }) {
  const translate = useTranslate();
  const api = useApi();
  const notify = useNotify();
  const queryClient = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  if (!ENDABLE.has(kind) || state === 'done') return null;
  const action = state === 'given_up' ? 'resume' : 'give_up';
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.send('POST', `metadata/steps/${id}/${action}`, undefined, ONCE);
      await queryClient.invalidateQueries({ queryKey: [METADATA] });
    } catch (error) {
      notify(String((error as Error).message), { type: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="default" size="compact-xs" mt={6} loading={isBusy} onClick={() => void run()}>
      {translate(`changes.steps.${action}`)}
    </Button>
  );
}
