// A page that failed while it was loaded or drawn. After a new version was installed the parts of the old one are gone: load anew.

import { NotFoundError } from '@kartoteka/sdk';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { isRouteErrorResponse, useRevalidator, useRouteError } from 'react-router';
import { EmptyState } from '../ui/EmptyState.tsx';
import { ErrorState } from '../ui/ErrorState.tsx';
import { NotFound } from './NotFound.tsx';

const LOST_PART = /dynamically imported module|Importing a module script failed|preload CSS/i;

export function RouteError() {
  const error = useRouteError();
  const translate = useTranslate();
  const { revalidate } = useRevalidator();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  if (error instanceof NotFoundError && error.code === 'unknown_entity_set') return <NotFound />;
  const reload = (
    <Button variant="default" leftSection={<IconRefresh size={16} />} onClick={() => location.reload()}>
      {translate('app.error.reload')}
    </Button>
  );
  if (error instanceof Error && LOST_PART.test(error.message)) {
    const texts = { title: translate('app.error.moved.title'), text: translate('app.error.moved.text') };
    return <EmptyState icon={<IconRefresh size={22} />} {...texts} action={reload} />;
  }
  return <ErrorState error={error} onRetry={() => void revalidate()} action={reload} />;
}
