// An address that leads nowhere.
import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { EmptyState } from '../ui/EmptyState.tsx';
import { useDocumentTitle } from '../ui/Page.tsx';

export function NotFound() {
  const translate = useTranslate();
  useDocumentTitle(translate('app.missing.title'));
  return (
    <EmptyState
      icon={<IconMapQuestion size={22} />}
      order={1}
      title={translate('app.missing.title')}
      text={translate('app.missing.text')}
      action={
        <Button component={Link} to="/">
          {translate('app.missing.home')}
        </Button>
      }
    />
  );
}
