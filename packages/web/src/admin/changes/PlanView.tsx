// A plan as the service gives it: the verdict on top, the changes in words on the left, the statements on the right. It publishes nothing.
import { Code, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { ReactNode } from 'react';
import { useFormat } from '../../ui/index.ts';
import type { PlannedStep, PlanReport, Preview } from './api-types.ts';
import { ChangeList } from './ChangeWords.tsx';
import { useRecords } from './formats.ts';
import classes from './lists.module.css';
import { pathOf } from './logic/places.ts';
import { type Sentence, verdictOf } from './logic/verdict.ts';
import { Mark } from './Mark.tsx';
import { RightsPanel } from './RightsPanel.tsx';

export interface PlanViewProps {
  readonly plan: PlanReport;
  /** Who gains and loses by changed roles; null: it is not known. */
  readonly preview: Preview | null;
  /** Why it is not known. */
  readonly previewError?: unknown;
}

export function PlanView({ plan, preview, previewError }: PlanViewProps) {
  const translate = useTranslate();
  return (
    <div className={classes.stack}>
      <Panel title={translate('changes.plan.verdict')}>
        <ul className={classes.verdict} data-testid="verdict">
          {verdictOf(plan, preview).map((sentence) => (
            <VerdictSentence key={sentence.key} sentence={sentence} />
          ))}
        </ul>
      </Panel>
      <div className={classes.columns}>
        <div className={classes.stack}>
          {plan.changes.length > 0 && (
            <Panel title={translate('changes.plan.changes')} count={plan.changes.length}>
              <ChangeList changes={plan.changes} />
            </Panel>
          )}
          <Losses plan={plan} />
          <RightsPanel rights={plan.rights} preview={preview} previewError={previewError} />
          <Dependents plan={plan} />
          <Capacity plan={plan} />
        </div>
        <div className={classes.stack}>
          <Statements steps={plan.steps} />
          <Checks plan={plan} />
        </div>
      </div>
    </div>
  );
}

export function Panel({
  title,
  count,
  children,
}: {
  readonly title: string;
  readonly count?: number;
  readonly children: ReactNode;
}) {
  const { number } = useFormat();
  return (
    <section className={classes.panel} aria-label={title}>
      <Title order={2} mb="xs">
        {title}{' '}
        {count !== undefined && (
          <Text span size="sm" c="dimmed" fw={400}>
            {number(count)}
          </Text>
        )}
      </Title>
      {children}
    </section>
  );
}

const TONES: Readonly<Record<Sentence['tone'], { readonly icon: ReactNode }>> = {
  good: { icon: <IconCircleCheck size={18} color="var(--mantine-color-green-7)" aria-hidden /> },
  note: { icon: <IconInfoCircle size={18} color="var(--mantine-color-dimmed)" aria-hidden /> },
  danger: { icon: <IconAlertTriangle size={18} color="var(--mantine-color-red-6)" aria-hidden /> },
};

function VerdictSentence({ sentence: { tone, key, values } }: { readonly sentence: Sentence }) {
  const translate = useTranslate();
  const { number } = useFormat();
  const shown = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, name === 'smart_count' ? value : number(value)]),
  );
  return (
    <li className={classes.sentence} data-tone={tone}>
      <span className={classes.icon}>{TONES[tone].icon}</span>
      <span>{translate(`changes.verdict.${key}`, shown)}</span>
    </li>
  );
}

function Losses({ plan: { losses, conversions, retired, unfit } }: { readonly plan: PlanReport }) {
  const translate = useTranslate();
  const records = useRecords();
  if (losses.length + conversions.length + retired.length + unfit.length === 0) return null;
  return (
    <Panel title={translate('changes.plan.values')}>
      <ul className={classes.list}>
        {losses.map((loss) => (
          <Item key={`loss ${loss.what}`} color="red" badge={translate('changes.plan.lost')} title={loss.what}>
            {translate(`changes.lost.${loss.how}`, { records: records(loss) })}
          </Item>
        ))}
        {conversions.map((each) => (
          <Item key={`to ${each.what}`} color="blue" badge={translate('changes.plan.converted')} title={each.what}>
            {`${each.from} → ${each.to} · ${records(each)}`}
          </Item>
        ))}
        {unfit.map((each) => (
          <Item
            key={`unfit ${each.what} ${each.value}`}
            color={each.refuses ? 'red' : 'yellow'}
            badge={translate('changes.effect.restrictive')}
            title={each.what}
          >
            {translate(`changes.unfit.${each.why}`, { records: records(each), value: each.value ?? '' })}
          </Item>
        ))}
        {retired.map((each) => (
          <Item
            key={`back ${each.what} ${each.column}`}
            color={each.restored ? 'green' : 'gray'}
            badge={translate(each.restored ? 'changes.plan.restored' : 'changes.plan.stays_hidden')}
            title={each.what}
          >
            {records(each)}
            {!each.restored && each.restorable && ` · ${translate('changes.plan.restorable')}`}
          </Item>
        ))}
      </ul>
    </Panel>
  );
}

interface ItemProps {
  readonly color: string;
  readonly badge: string;
  readonly title: string;
  readonly children: ReactNode;
}

function Item({ color, badge, title, children }: ItemProps) {
  return (
    <li className={classes.item}>
      <Mark color={color} className={classes.badge}>
        {badge}
      </Mark>
      <div className={classes.words}>
        <Text size="sm" fw={600} component="div">
          {title}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {children}
        </Text>
      </div>
    </li>
  );
}

function Dependents({ plan: { dependents } }: { readonly plan: PlanReport }) {
  const translate = useTranslate();
  if (dependents.length === 0) return null;
  return (
    <Panel title={translate('changes.plan.dependents')} count={dependents.length}>
      <ul className={classes.list}>
        {dependents.map(({ kind, name, pointer, on }) => (
          <li key={`${kind} ${name} ${pointer} ${on}`} className={classes.item}>
            <div className={classes.words}>
              <Text size="sm" component="div">
                {translate(`changes.what.${kind}`, { _: kind })} <b>{name}</b>
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {pathOf(pointer).join(' › ')} · {translate('changes.plan.names', { on })}
              </Text>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Capacity({ plan: { capacity } }: { readonly plan: PlanReport }) {
  const translate = useTranslate();
  const { number } = useFormat();
  if (capacity.length === 0) return null;
  return (
    <Panel title={translate('changes.plan.capacity')}>
      <ul className={classes.list}>
        {capacity.map(({ entity, what, used, limit }) => (
          <li key={`${entity} ${what}`} className={classes.item}>
            <Text size="sm">
              <b>{entity}</b>: {translate(`changes.capacity.${what}`, { used: number(used), limit: number(limit) })}
            </Text>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Statements({ steps }: { readonly steps: readonly PlannedStep[] }) {
  const translate = useTranslate();
  return (
    <Panel title={translate('changes.plan.statements')} count={steps.length}>
      {steps.length === 0 && (
        <Text size="sm" c="dimmed">
          {translate('changes.plan.no_statements')}
        </Text>
      )}
      {steps.map((step, at) => (
        // Statements are in the order in which they run, and may be there twice.
        // biome-ignore lint/suspicious/noArrayIndexKey: their place is what they are known by
        <Statement key={at} step={step} />
      ))}
    </Panel>
  );
}

function Statement({ step }: { readonly step: PlannedStep }) {
  const translate = useTranslate();
  const { number } = useFormat();
  const { sql, description, phase, table, lock, held, scans, rewrites, rows } = step;
  const about = rows === null ? '' : ` (${translate('changes.plan.rows', { rows: number(rows) })})`;
  return (
    <div className={classes.step}>
      <Text size="sm" mb={4}>
        {description}
      </Text>
      <Code block className={classes.sql}>
        {sql}
      </Code>
      <div className={classes.facts}>
        <span>{translate(`changes.phase.${phase}`)}</span>
        {table !== null && <span>{translate('changes.plan.lock', { table, lock })}</span>}
        {table !== null && <span>{translate('changes.plan.held', { held })}</span>}
        {rewrites && <span>{translate('changes.plan.rewrites') + about}</span>}
        {scans && !rewrites && <span>{translate('changes.plan.scans') + about}</span>}
      </div>
    </div>
  );
}

function Checks({ plan: { checks } }: { readonly plan: PlanReport }) {
  const translate = useTranslate();
  if (checks.length === 0) return null;
  return (
    <Panel title={translate('changes.plan.checks')} count={checks.length}>
      {checks.map(({ sql, reason, under_lock }) => (
        <div key={sql} className={classes.step}>
          <Text size="sm" mb={4}>
            {reason}
          </Text>
          <Code block className={classes.sql}>
            {sql}
          </Code>
          {under_lock && <div className={classes.facts}>{translate('changes.plan.under_lock')}</div>}
        </div>
      ))}
    </Panel>
  );
}
