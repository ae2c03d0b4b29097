// Why something was refused, where no field of the form is the place to say it: what to do, which right is missing, the request's id.

import { CrmError, ForbiddenError } from '@kartoteka/sdk';
import { Alert, Anchor, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import classes from './record.module.css';

interface ProblemsProps {
  readonly problems?: readonly string[];
  readonly error?: unknown;
}

export function Problems({ problems = [], error }: ProblemsProps) {
  const translate = useTranslate();
  if (problems.length === 0 && error === undefined) return null;
  const known = error instanceof CrmError ? error : undefined;
  const explained = error instanceof ForbiddenError ? explainTarget(error.explainUrl) : undefined;
  return (
    <Alert
      color="red"
      mb="sm"
      role="alert"
      className={classes.notice}
      icon={<IconAlertTriangle size={18} aria-hidden="true" />}
      title={translate(problems.length > 0 ? 'record.not_valid' : 'record.not_saved')}
    >
      {problems.length > 1 ? (
        <List size="sm">
          {problems.map((problem) => (
            <List.Item key={problem}>{problem}</List.Item>
          ))}
        </List>
      ) : (
        problems[0]
      )}
      {error === undefined ? null : (
        <Text size="sm">{known?.message ?? (error instanceof Error ? error.message : String(error))}</Text>
      )}
      {known?.hint === undefined ? null : <Text size="sm">{known.hint}</Text>}
      {explained === undefined ? null : (
        <Anchor component={Link} to={explained} size="sm">
          {translate('record.why')}
        </Anchor>
      )}
      {known?.requestId === undefined ? null : (
        <Text size="xs" c="dimmed" mt={4}>
          {translate('record.request_id', { id: known.requestId })}
        </Text>
      )}
    </Alert>
  );
}

/** `.../deals(ID)/explain_access` as the page that explains. */
function explainTarget(url: string | undefined): string | undefined {
  const match = /\/([a-z][a-z0-9_]*)\(([0-9a-f-]{36})\)\/explain_access/.exec(url ?? '');
  return match === null ? undefined : `/admin/explain?set=${match[1]}&id=${match[2]}`;
}
