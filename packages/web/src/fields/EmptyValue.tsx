// What stands where there is no value, or one that the reader may not see.
import { Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import classes from './fields.module.css';

export function EmptyValue() {
  const translate = useTranslate();
  return (
    <span className={classes.empty}>
      <span aria-hidden="true">—</span>
      <span className={classes.hidden}>{translate('record.field.empty')}</span>
    </span>
  );
}

/** In place of the value of a secured field for whom no role lets read it. */
export function MaskedValue() {
  const translate = useTranslate();
  const why = translate('record.field.masked');
  return (
    <Tooltip label={why}>
      <span className={classes.masked}>
        <IconLock size={14} aria-hidden="true" />
        <span aria-hidden="true">••••••</span>
        <span className={classes.hidden}>{why}</span>
      </span>
    </Tooltip>
  );
}
