// A word or two about something, in a colour that means something: a layer, a change of the draft, what a field demands.
import type { ReactNode } from 'react';
import classes from './Mark.module.css';

export type Tone = 'own' | 'added' | 'changed' | 'removed';

export function Mark({ tone, children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className={classes.mark} data-tone={tone}>
      {children}
    </span>
  );
}
