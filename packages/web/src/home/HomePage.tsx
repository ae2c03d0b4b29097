// Where people begin: what their own views of each entity hold.
import { useTranslate } from 'ra-core';
import { useModel } from '../data/model.tsx';
import { Page } from '../ui/Page.tsx';

export function HomePage() {
  const translate = useTranslate();
  const { user } = useModel();
  return (
    <Page title={translate('app.home_page.greeting', { name: user.name })} subtitle={translate('app.home_page.text')}>
      {null}
    </Page>
  );
}
