// What surrounds every page: theme, session, API, ra-core's context, notifications, the router.

import { CrmError } from '@kartoteka/sdk';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient } from '@tanstack/react-query';
import { CoreAdminContext, type I18nProvider, localStorageStore } from 'ra-core';
import { createContext, useContext, useState } from 'react';
import { Outlet } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { authProviderOf } from './auth/auth-provider.ts';
import type { Session } from './auth/session.ts';
import { SessionProvider } from './auth/session-context.ts';
import { type Api, ApiProvider } from './data/api.ts';
import { dataProviderOf } from './data/data-provider.ts';
import { nonce } from './nonce.ts';
import { routerOf } from './routes.tsx';
import { cssVariablesResolver, theme } from './theme/theme.ts';
import { Notices } from './ui/Notices.tsx';

export interface AppProps {
  readonly session: Session;
  readonly api: Api;
  readonly i18n: I18nProvider;
}

/** The transport has tried again already where that makes sense. */
const queryClientOf = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: (count, error) => !(error instanceof CrmError) && count < 1, staleTime: 10_000 },
      mutations: { retry: false },
    },
  });

const colorSchemes = localStorageColorSchemeManager({ key: 'kartoteka.appearance' });
const CoreContext = createContext<Omit<Parameters<typeof CoreAdminContext>[0], 'children'>>({});

/** ra-core asks for a router around it: the first route's element. */
export function Root() {
  return (
    <CoreAdminContext {...useContext(CoreContext)}>
      <Notices />
      <Outlet />
    </CoreAdminContext>
  );
}

export function App({ session, api, i18n }: AppProps) {
  const [core] = useState(() => ({
    dataProvider: dataProviderOf(api),
    authProvider: authProviderOf(session),
    i18nProvider: i18n,
    store: localStorageStore('1', 'kartoteka'),
    queryClient: queryClientOf(),
  }));
  const [router] = useState(() => routerOf(Root));
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorSchemes}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <SessionProvider value={session}>
        <ApiProvider value={api}>
          <CoreContext value={core}>
            <Notifications position="bottom-right" autoClose={5000} limit={4} />
            <RouterProvider router={router} />
          </CoreContext>
        </ApiProvider>
      </SessionProvider>
    </MantineProvider>
  );
}
