// Rights that a plan changes: what holders of which role gain or lose, and how many records that is for whom.

import { CrmError } from '@kartoteka/sdk';
import { Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useFormat } from '../../ui/index.ts';
import type { Preview, PreviewedChange, RightChange } from './api-types.ts';
import classes from './lists.module.css';
import { Mark } from './Mark.tsx';
import { Notice } from './Notice.tsx';
import { Panel } from './PlanView.tsx';

export interface RightsPanelProps {
  readonly rights: readonly RightChange[];
  readonly preview: Preview | null;
  readonly previewError?: unknown;
}

export function RightsPanel({ rights, preview, previewError }: RightsPanelProps) {
  const translate = useTranslate();
  if (rights.length === 0) return null;
  return (
    <Panel title={translate('changes.plan.rights')} count={rights.length}>
      <ul className={classes.list}>
        {rights.map((change) => (
          <RightItem key={`${change.role} ${change.entity} ${change.field} ${change.right}`} change={change} />
        ))}
      </ul>
      {preview !== null && <People preview={preview} />}
      {previewError != null && (
        <Notice color="yellow" mt="sm" title={translate('changes.people.unknown')}>
          {previewError instanceof CrmError ? previewError.message : translate('changes.people.not_counted')}
        </Notice>
      )}
    </Panel>
  );
}

function RightItem({ change: { role, entity, field, right, before, after } }: { readonly change: RightChange }) {
  const translate = useTranslate();
  const subject = [entity, field].filter((name) => name !== null).join('.');
  const none = translate('changes.rights.none');
  const isLoss = after === null;
  return (
    <li className={classes.item}>
      <Mark color={isLoss ? 'red' : 'green'} className={classes.badge}>
        {role}
      </Mark>
      <div className={classes.words}>
        <Text size="sm" component="div">
          <b>{right}</b> {subject}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {`${before ?? none} → ${after ?? none}`}
        </Text>
      </div>
    </li>
  );
}

/** People shown by name of each change. */
const MOST_NAMES = 20;

function People({ preview }: { readonly preview: Preview }) {
  const translate = useTranslate();
  const names = new Map(preview.principals.map(({ id, title }) => [id, title ?? id]));
  const left = Number(preview.not_examined ?? 0);
  return (
    <ul className={classes.list} aria-label={translate('changes.people.title')}>
      {preview.changes.map((change) => (
        <PeopleItem
          key={`${change.entity} ${change.privilege} ${change.principal_ids[0]}`}
          change={change}
          names={names}
        />
      ))}
      {left > 0 && (
        <li className={classes.item}>
          <Text size="sm">{translate('changes.people.not_examined', { smart_count: left })}</Text>
        </li>
      )}
    </ul>
  );
}

interface PeopleItemProps {
  readonly change: PreviewedChange;
  readonly names: ReadonlyMap<string, string>;
}

function PeopleItem({ change: { entity, privilege, principal_ids, gained, lost }, names }: PeopleItemProps) {
  const translate = useTranslate();
  const { number } = useFormat();
  const shown = principal_ids.slice(0, MOST_NAMES).map((id) => names.get(id) ?? id);
  const more = principal_ids.length - shown.length;
  const loses = Number(lost.count) > 0;
  return (
    <li className={classes.item}>
      <div className={classes.words}>
        <Text size="sm" component="div" c={loses ? 'var(--mantine-color-error)' : undefined}>
          <b>{entity}</b> · {privilege}: +{number(gained.count ?? 0)} / −{number(lost.count ?? 0)}
        </Text>
        <Text size="xs" c="dimmed" component="div">
          {shown.join(', ')}
          {more > 0 && ` ${translate('changes.and_more', { smart_count: more })}`}
        </Text>
      </div>
    </li>
  );
}
