// Where change sets, plans, publishing and its history are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  { path: 'admin/changes', lazy: async () => ({ Component: (await import('./ChangeSetsPage.tsx')).ChangeSetsPage }) },
  {
    path: 'admin/changes/:set',
    lazy: async () => ({ Component: (await import('./ChangeSetPage.tsx')).ChangeSetPage }),
  },
  {
    path: 'admin/changes/:set/plan',
    lazy: async () => ({ Component: (await import('./ChangeSetPlanPage.tsx')).ChangeSetPlanPage }),
  },
  { path: 'admin/history', lazy: async () => ({ Component: (await import('./HistoryPage.tsx')).HistoryPage }) },
  {
    path: 'admin/history/:revision',
    lazy: async () => ({ Component: (await import('./RevisionPage.tsx')).RevisionPage }),
  },
  {
    path: 'admin/history/:revision/roll-back',
    lazy: async () => ({ Component: (await import('./RollBackPage.tsx')).RollBackPage }),
  },
  {
    path: 'admin/hidden-data',
    lazy: async () => ({ Component: (await import('./HiddenDataPage.tsx')).HiddenDataPage }),
  },
];
