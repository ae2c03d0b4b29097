// Where packages are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  { path: 'admin/packages', lazy: async () => ({ Component: (await import('./PackagesPage.tsx')).PackagesPage }) },
  { path: 'admin/packages/:name', lazy: async () => ({ Component: (await import('./PackagePage.tsx')).PackagePage }) },
];
