// Where one record is reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  { path: 'records/:set/new', lazy: async () => ({ Component: (await import('./NewRecordPage.tsx')).NewRecordPage }) },
  { path: 'records/:set/:id', lazy: async () => ({ Component: (await import('./RecordPage.tsx')).RecordPage }) },
];
