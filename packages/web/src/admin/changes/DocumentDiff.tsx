// What is different in a document, place by place: where, what stood there, what stands there now. It compares what it is given and asks
// nobody.
import { Code, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { Fragment } from 'react';
import classes from './DocumentDiff.module.css';
import { placesOf } from './logic/places.ts';

/** Undefined: there is no document. */
export function DocumentDiff({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const translate = useTranslate();
  const places = placesOf(before, after);
  if (places.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {translate('changes.same')}
      </Text>
    );
  }
  return (
    <div className={classes.places}>
      {places.map(({ path, before: removed, after: added }) => (
        <section key={path.join('/')} className={classes.place}>
          <PlaceName path={path} />
          <Lines lines={removed} sign="−" className={classes.removed} label={translate('changes.before')} />
          <Lines lines={added} sign="+" className={classes.added} label={translate('changes.after')} />
        </section>
      ))}
    </div>
  );
}

/** Where in a document something stands. */
export function PlaceName({ path }: { readonly path: readonly string[] }) {
  const translate = useTranslate();
  if (path.length === 0) return <div className={classes.name}>{translate('changes.whole_document')}</div>;
  return (
    <div className={classes.name}>
      {path.map((part, at) => (
        // The same part may stand in a path twice.
        // biome-ignore lint/suspicious/noArrayIndexKey: a path does not change its order
        <Fragment key={at}>
          {at > 0 && <span className={classes.step}>›</span>}
          {part}
        </Fragment>
      ))}
    </div>
  );
}

interface LinesProps {
  readonly lines: readonly string[];
  readonly sign: string;
  readonly className: string | undefined;
  readonly label: string;
}

/** JSON with the sign of what became of it before every line. */
export function Lines({ lines, sign, className, label }: LinesProps) {
  if (lines.length === 0) return null;
  return (
    <Code block className={`${classes.lines} ${className ?? ''}`} aria-label={label}>
      {lines.map((line) => `${sign} ${line}`).join('\n')}
    </Code>
  );
}
