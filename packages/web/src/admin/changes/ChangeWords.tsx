// Changes of the Model in words: what, of which, how, and what it does to records. Drawn from the parts that the service tells, in the
// language of the page.
import { Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import type { ModelChange } from './api-types.ts';
import classes from './lists.module.css';
import { Mark } from './Mark.tsx';

const COLORS: Readonly<Record<ModelChange['change'], string>> = { added: 'green', changed: 'blue', removed: 'red' };

export function ChangeList({ changes, count }: { readonly changes: readonly ModelChange[]; readonly count?: number }) {
  const translate = useTranslate();
  const left = (count ?? changes.length) - changes.length;
  return (
    <ul className={classes.list}>
      {changes.map((change) => (
        <ChangeItem key={`${change.what} ${change.subject} ${change.name}`} change={change} />
      ))}
      {left > 0 && (
        <li className={classes.item}>
          <Text size="sm" c="dimmed">
            {translate('changes.and_more', { smart_count: left })}
          </Text>
        </li>
      )}
    </ul>
  );
}

function ChangeItem({ change }: { readonly change: ModelChange }) {
  const translate = useTranslate();
  const { what, subject, name, effect } = change;
  const title = translate(`changes.what.${what}`, { _: what });
  return (
    <li className={classes.item}>
      <Mark color={COLORS[change.change]} className={classes.badge}>
        {translate(`changes.change.${change.change}`)}
      </Mark>
      <div className={classes.words}>
        <Text size="sm" component="div">
          {title} <b>{name === '' ? subject : name}</b>
          {name !== '' && <span className={classes.of}> {translate('changes.of', { subject })}</span>}
        </Text>
        <Text size="xs" c={effect === 'destructive' ? 'var(--mantine-color-error)' : 'dimmed'} component="div">
          {[translate(`changes.effect.${effect}`), aspectsOf(change)].filter((text) => text !== '').join(' · ')}
        </Text>
      </div>
    </li>
  );
}

/** Which members of it are different: `label, max_length` of `Field name of deal: label, max_length changed`. */
function aspectsOf({ change, words }: ModelChange): string {
  return change === 'changed' ? (/: (.+) changed$/.exec(words)?.[1] ?? '') : '';
}
