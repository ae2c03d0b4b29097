// The language of the page, each named in itself.
import { SegmentedControl } from '@mantine/core';
import { useLocaleState, useTranslate } from 'ra-core';
import { LANGUAGES } from '../i18n/index.ts';

export function LanguageSwitch() {
  const translate = useTranslate();
  const [locale, setLocale] = useLocaleState();
  const data = LANGUAGES.map(({ locale: value, name }) => ({ value, label: name }));
  return (
    <SegmentedControl
      size="xs"
      aria-label={translate('app.user.language')}
      value={locale}
      data={data}
      onChange={setLocale}
    />
  );
}
