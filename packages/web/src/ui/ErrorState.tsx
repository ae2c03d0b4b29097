// Something failed: what happened, what to do, the id by which operators find the request. Denied: which right is missing, and why.

import {
  ConnectionError,
  CrmError,
  ForbiddenError,
  NotFoundError,
  RateLimitError,
  UnavailableError,
} from '@kartoteka/sdk';
import { Button, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCloudOff, IconLock, IconMapQuestion } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { ReactNode } from 'react';
import classes from './states.module.css';

export interface ErrorStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** In place of the button back: what else can be done. */
  readonly action?: ReactNode;
}

interface Kind {
  readonly name: 'offline' | 'unavailable' | 'busy' | 'denied' | 'missing' | 'refused' | 'broken';
  readonly icon: ReactNode;
}

const KINDS: readonly (readonly [new (...args: never[]) => Error, Kind])[] = [
  [ConnectionError, { name: 'offline', icon: <IconCloudOff size={22} /> }],
  [UnavailableError, { name: 'unavailable', icon: <IconCloudOff size={22} /> }],
  [RateLimitError, { name: 'busy', icon: <IconCloudOff size={22} /> }],
  [ForbiddenError, { name: 'denied', icon: <IconLock size={22} /> }],
  [NotFoundError, { name: 'missing', icon: <IconMapQuestion size={22} /> }],
];

function kindOf(error: unknown): Kind {
  const known = KINDS.find(([Class]) => error instanceof Class)?.[1];
  if (known !== undefined) return known;
  const isRefusal = error instanceof CrmError && error.status >= 400 && error.status < 500;
  return { name: isRefusal ? 'refused' : 'broken', icon: <IconAlertTriangle size={22} /> };
}

/** What the service said beside its first sentence, without saying anything twice. */
function detailsOf(error: CrmError): readonly string[] {
  const messages = error.details.map(({ message }) => message);
  return [...new Set(messages)].filter((message) => message !== error.message);
}

export function ErrorState({ error, onRetry, action }: ErrorStateProps) {
  const translate = useTranslate();
  const { name, icon } = kindOf(error);
  const said = error instanceof CrmError ? error : undefined;
  // What a program says about itself helps nobody; what the service says is written for people.
  const tells = said !== undefined && !['offline', 'missing'].includes(name);
  const details = said === undefined || !tells ? [] : detailsOf(said);
  return (
    <div className={classes.state} role="alert">
      <div className={classes.icon} data-danger={name === 'broken' || name === 'refused' || undefined} aria-hidden>
        {icon}
      </div>
      <Title order={2}>{translate(`app.error.${name}.title`)}</Title>
      <Text size="sm" c="dimmed" className={classes.text}>
        {translate(`app.error.${name}.text`)}
      </Text>
      {tells && (
        <Text size="sm" className={classes.text}>
          {said.message}
        </Text>
      )}
      {said?.hint !== undefined && (
        <Text size="sm" className={classes.text}>
          {said.hint}
        </Text>
      )}
      {details.length > 0 && (
        <ul className={classes.details}>
          {details.map((message) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
      {said?.requestId !== undefined && (
        <div className={classes.code}>{translate('app.error.request', { id: said.requestId, code: said.code })}</div>
      )}
      <div className={classes.action}>
        {onRetry !== undefined && (
          <Button variant="default" onClick={onRetry}>
            {translate('app.error.retry')}
          </Button>
        )}
        {action}
      </div>
    </div>
  );
}
