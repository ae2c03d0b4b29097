// Where roles, users, units, teams, explaining access and the own account are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  {
    path: 'admin/roles',
    lazy: async () => ({ Component: (await import('../model/ModelFrame.tsx')).ModelFrame }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import('./RolesPage.tsx')).RolesPage }) },
      { path: ':role', lazy: async () => ({ Component: (await import('./RolePage.tsx')).RolePage }) },
    ],
  },
  { path: 'admin/users', lazy: async () => ({ Component: (await import('./UsersPage.tsx')).UsersPage }) },
  { path: 'admin/units', lazy: async () => ({ Component: (await import('./UnitsPage.tsx')).UnitsPage }) },
  { path: 'admin/teams', lazy: async () => ({ Component: (await import('./TeamsPage.tsx')).TeamsPage }) },
  { path: 'admin/explain', lazy: async () => ({ Component: (await import('./ExplainPage.tsx')).ExplainPage }) },
  { path: 'account', lazy: async () => ({ Component: (await import('./AccountPage.tsx')).AccountPage }) },
];
