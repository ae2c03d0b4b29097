// One field of a record as people read it, by whatever control its type has; masked where the reader may not see it.
import { MaskedValue } from './EmptyValue.tsx';
import { controlOf } from './registry.ts';
import type { DisplayProps } from './types.ts';

export function FieldValue(props: DisplayProps) {
  const { Display } = controlOf(props.field);
  if (props.field.secured?.read === false) return <MaskedValue />;
  return <Display {...props} />;
}
