// Where the application begins: the session, the API over it and the language are made once, then everything is drawn.
import './nonce.ts';
import '@fontsource-variable/inter/index.css';
import './theme/styles.css';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { Session } from './auth/session.ts';
import { apiOf } from './data/api.ts';
import { i18nProvider } from './i18n/index.ts';

async function start(): Promise<void> {
  const session = new Session();
  // At the same time as the language's texts; what fails here is asked for again, and shown, by SignedIn.
  session.start().catch(() => {});
  let locale = 'en';
  const i18n = await i18nProvider((next) => {
    locale = next;
  });
  locale = i18n.getLocale();
  const api = apiOf(session, () => locale);
  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  createRoot(root).render(<App session={session} api={api} i18n={i18n} />);
}

void start();
