// After a publish: that it is done, and the background steps that go on, each as far as it is. They cannot be stopped from here, and try
// again by themselves; that is said.
import { Alert, Badge, Code, Progress, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { ReactNode } from 'react';
import { useFormat } from '../../ui/index.ts';
import type { BackgroundStep, Published } from './api-types.ts';
import classes from './lists.module.css';
import { useBackgroundSteps } from './metadata-api.ts';
import { Panel } from './PlanView.tsx';

export function PublishProgress({ published, done }: { readonly published: Published; readonly done?: ReactNode }) {
  const translate = useTranslate();
  const { revision, outcome, pending_steps } = published;
  return (
    <div className={classes.stack}>
      <Alert
        color="green"
        icon={<IconCircleCheck size={18} />}
        role="status"
        title={translate(`changes.published.${outcome}`, { revision })}
      >
        {translate(pending_steps === 0 ? 'changes.published.complete' : 'changes.published.going_on')}
      </Alert>
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
        <Badge size="sm" variant="light" color={COLORS[state]}>
          {translate(`changes.steps.state.${state}`)}
        </Badge>
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
        <Text size="xs" c="red" mt={4}>
          {error}
          {due_on !== null && ` · ${translate('changes.steps.again', { when: dateTime(due_on) })}`}
        </Text>
      )}
    </div>
  );
}
