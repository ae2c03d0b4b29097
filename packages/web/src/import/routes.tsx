// Where imports are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  { path: 'import/:set', lazy: async () => ({ Component: (await import('./ImportPage.tsx')).ImportPage }) },
];
