// Where lists of records and the recycle bin are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  { path: 'records/:set', lazy: async () => ({ Component: (await import('./ListPage.tsx')).ListPage }) },
  {
    path: 'recycle-bin/:set',
    lazy: async () => ({ Component: (await import('./recycle-bin/RecycleBinPage.tsx')).RecycleBinPage }),
  },
];
