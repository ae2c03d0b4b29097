// Everything that is wrong with documents: where, why, and what may help.

import type { CrmError } from '@kartoteka/sdk';
import { Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import type { Finding } from './api-types.ts';
import classes from './lists.module.css';
import { pathOf } from './logic/places.ts';

export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  const translate = useTranslate();
  return (
    <ul className={classes.list}>
      {findings.map(({ kind, name, pointer, code, reason, hint }) => (
        <li key={`${kind} ${name} ${pointer} ${code} ${reason}`} className={classes.item}>
          <div className={classes.words}>
            <Text size="sm" fw={600} component="div">
              {kind !== null && `${translate(`changes.what.${kind}`, { _: kind })} ${name}`}
              {pointer !== '' && ` › ${pathOf(pointer).join(' › ')}`}
            </Text>
            <Text size="sm" component="div">
              {reason}
            </Text>
            {hint !== undefined && (
              <Text size="xs" c="dimmed" component="div">
                {hint}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** The same of a refusal. */
export function FindingsOf({ error }: { readonly error: CrmError }) {
  return (
    <ul className={classes.list}>
      {error.details.map(({ target, message }) => (
        <li key={`${target} ${message}`} className={classes.item}>
          <div className={classes.words}>
            <Text size="sm" fw={600} component="div">
              {target}
            </Text>
            <Text size="sm" component="div">
              {message}
            </Text>
          </div>
        </li>
      ))}
    </ul>
  );
}
