// What is said before a publish: why, and yes to everything that is lost by it. The button waits for both.
import { Button, Checkbox, Group, Text, Textarea } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import type { PlanReport } from './api-types.ts';
import { useRecords } from './formats.ts';
import { Panel } from './PlanView.tsx';

export interface Consents {
  readonly comment: string;
  readonly destructive: boolean;
}

/** The service takes no longer one. */
const MOST_COMMENT = 2_000;

export interface PublishFormProps {
  readonly plan: PlanReport;
  readonly comment: string;
  readonly action: string;
  readonly isBusy: boolean;
  readonly restore: { readonly value: boolean; readonly change: ((value: boolean) => void) | null };
  readonly onPublish: (consents: Consents) => void;
}

export function PublishForm({ plan, comment: given, action, isBusy, restore, onPublish }: PublishFormProps) {
  const translate = useTranslate();
  const [comment, setComment] = useState(given);
  const [agreed, setAgreed] = useState<ReadonlySet<string>>(new Set());
  const losses = plan.losses.map(({ what }) => what);
  // A plan may be destructive without a loss that can be counted: then one consent stands for all.
  const consents = plan.destructive && losses.length === 0 ? [''] : losses;
  const isReady = comment.trim() !== '' && (!plan.destructive || consents.every((what) => agreed.has(what)));
  const toggle = (what: string, yes: boolean): void => {
    const next = new Set(agreed);
    if (yes) next.add(what);
    else next.delete(what);
    setAgreed(next);
  };
  const restorable = plan.retired.some((each) => each.restorable || each.restored);
  return (
    <Panel title={action}>
      {restore.change !== null && (restorable || restore.value) && (
        <Checkbox
          mb="sm"
          label={translate('changes.plan.restore')}
          checked={restore.value}
          onChange={({ currentTarget }) => restore.change?.(currentTarget.checked)}
        />
      )}
      {plan.destructive && <Consent plan={plan} agreed={agreed} onToggle={toggle} consents={consents} />}
      <Textarea
        label={translate('changes.comment')}
        description={translate('changes.comment_help')}
        value={comment}
        maxLength={MOST_COMMENT}
        autosize
        minRows={2}
        required
        onChange={({ currentTarget }) => setComment(currentTarget.value)}
      />
      <Group mt="md" justify="flex-end">
        <Button
          color={plan.destructive ? 'red' : undefined}
          disabled={!isReady}
          loading={isBusy}
          onClick={() => onPublish({ comment: comment.trim(), destructive: plan.destructive })}
        >
          {action}
        </Button>
      </Group>
    </Panel>
  );
}

interface ConsentProps {
  readonly plan: PlanReport;
  readonly consents: readonly string[];
  readonly agreed: ReadonlySet<string>;
  readonly onToggle: (what: string, yes: boolean) => void;
}

function Consent({ plan, consents, agreed, onToggle }: ConsentProps) {
  const translate = useTranslate();
  const records = useRecords();
  return (
    <fieldset style={{ border: 0, padding: 0, margin: '0 0 12px' }}>
      <Text component="legend" size="sm" fw={600} c="var(--mantine-color-error)" mb={4}>
        {translate('changes.plan.consent')}
      </Text>
      {consents.map((what) => {
        const loss = plan.losses.find((each) => each.what === what);
        const words = { what, records: loss === undefined ? '' : records(loss) };
        return (
          <Checkbox
            key={what}
            mb={4}
            color="red"
            label={translate(loss === undefined ? 'changes.plan.consent_all' : 'changes.plan.consent_one', words)}
            checked={agreed.has(what)}
            onChange={({ currentTarget }) => onToggle(what, currentTarget.checked)}
          />
        );
      })}
    </fieldset>
  );
}
