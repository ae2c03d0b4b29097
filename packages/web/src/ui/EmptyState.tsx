// Nothing is there yet: what this is, and the one next action.
import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './states.module.css';

export interface EmptyStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  /** 1 where the page has no other title. */
  readonly order?: 1 | 2;
  /** What this is for, in a sentence or two. */
  readonly text?: ReactNode;
  /** The one next thing to do. */
  readonly action?: ReactNode;
}

export function EmptyState({ icon, title, order = 2, text, action }: EmptyStateProps) {
  return (
    <div className={classes.state}>
      {icon !== undefined && (
        <div className={classes.icon} aria-hidden>
          {icon}
        </div>
      )}
      <Title order={order}>{title}</Title>
      {text !== undefined && (
        <Text size="sm" c="dimmed" className={classes.text} component="div">
          {text}
        </Text>
      )}
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  );
}
