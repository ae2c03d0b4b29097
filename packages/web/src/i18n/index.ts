// The languages of the application. A language's texts are loaded when it is chosen; the choice is remembered, the first one is the
// browser's. Labels of the Model are no texts of the application: useText() shows them.

import type { I18nProvider, TranslationMessages } from 'ra-core';
import polyglotI18nProvider from 'ra-i18n-polyglot';

export const LANGUAGES = [
  { locale: 'en', name: 'English' },
  { locale: 'ru', name: 'Русский' },
] as const;

const english = () => import('./en/index.ts');

const LOADERS: Readonly<Record<string, () => Promise<{ messages: object }>>> = {
  en: english,
  ru: () => import('./ru/index.ts'),
};

const KEY = 'kartoteka.language';

/** Chosen earlier, else the first of the browser's that the application has, else English. */
export function firstLocale(): string {
  const wanted = [localStorage.getItem(KEY), ...navigator.languages].map((each) => each?.slice(0, 2).toLowerCase());
  return wanted.find((each) => each !== undefined && Object.hasOwn(LOADERS, each)) ?? 'en';
}

/** ra-core's type asks for the texts of all its own components, of which the application uses none. */
const load = async (locale: string): Promise<TranslationMessages> => {
  const { messages } = await (LOADERS[locale] ?? english)();
  return messages as unknown as TranslationMessages;
};

/** The provider, its first language loaded. `onChange` is told of every language that is switched to. */
export async function i18nProvider(onChange: (locale: string) => void): Promise<I18nProvider> {
  const first = firstLocale();
  const messages = await load(first);
  document.documentElement.lang = first;
  const provider = polyglotI18nProvider(
    (locale) => (locale === first ? messages : load(locale)),
    first,
    [...LANGUAGES],
    { allowMissing: import.meta.env.PROD },
  );
  return {
    ...provider,
    changeLocale: async (locale) => {
      await provider.changeLocale(locale);
      localStorage.setItem(KEY, locale);
      document.documentElement.lang = locale;
      onChange(locale);
    },
  };
}
