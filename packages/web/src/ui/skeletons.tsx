// Skeletons in the layout of what they stand for, so that nothing jumps when it comes.
import { Skeleton } from '@mantine/core';
import { useTranslate } from 'ra-core';
import classes from './skeletons.module.css';

const range = (length: number): number[] => Array.from({ length }, (_, at) => at);
/** Widths as real values have them. */
const WIDTHS = ['70%', '45%', '60%', '35%', '55%'];

/** `rows`, `columns`: as many as the list will show. */
export function ListSkeleton({ rows = 12, columns = 5 }: { readonly rows?: number; readonly columns?: number }) {
  const translate = useTranslate();
  return (
    <div role="status" aria-label={translate('app.loading')} className={classes.list}>
      {range(rows).map((row) => (
        <div key={row} className={classes.row}>
          {range(columns).map((column) => (
            <Skeleton key={column} height={10} width={WIDTHS[(row + column * 2) % WIDTHS.length]} radius="sm" />
          ))}
        </div>
      ))}
    </div>
  );
}

/** `fields`: about as many as the form will show. */
export function FormSkeleton({ fields = 8 }: { readonly fields?: number }) {
  const translate = useTranslate();
  return (
    <div role="status" aria-label={translate('app.loading')} className={classes.form}>
      {range(fields).map((field) => (
        <div key={field} className={classes.field}>
          <Skeleton height={10} width={90} radius="sm" />
          <Skeleton height={34} radius="sm" />
        </div>
      ))}
    </div>
  );
}
