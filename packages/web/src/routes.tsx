// The pages by their addresses. Every area names its own, loaded when it is gone to; this file only puts them into the frame.
import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { routes as changes } from './admin/changes/routes.tsx';
import { routes as model } from './admin/model/routes.tsx';
import { routes as packages } from './admin/packages/routes.tsx';
import { routes as rights } from './admin/rights/routes.tsx';
import { Login } from './auth/Login.tsx';
import { SignedIn } from './auth/SignedIn.tsx';
import { routes as imports } from './import/routes.tsx';
import { routes as list } from './list/routes.tsx';
import { routes as record } from './record/routes.tsx';
import { NotFound } from './shell/NotFound.tsx';
import { RouteError } from './shell/RouteError.tsx';
import { Shell } from './shell/Shell.tsx';

const pages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('./home/HomePage.tsx')).HomePage }) },
  ...list,
  ...record,
  ...imports,
  ...model,
  ...changes,
  ...packages,
  ...rights,
  { path: '*', element: <NotFound /> },
];

/** A page with what it needs of Mantine's styles beside those of the frame. */
const styled = (route: RouteObject): RouteObject => {
  const { lazy } = route;
  if (typeof lazy !== 'function') return route;
  const load = async () => {
    const [page] = await Promise.all([lazy(), import('./theme/more-styles.css')]);
    return page;
  };
  return { ...route, lazy: load } as RouteObject;
};

/** `Root` gives ra-core's context to everything below. */
export const routerOf = (Root: ComponentType) =>
  createBrowserRouter([
    {
      element: <Root />,
      HydrateFallback: () => null,
      children: [
        {
          errorElement: <RouteError />,
          children: [
            { path: '/login', element: <Login /> },
            {
              path: '/',
              element: (
                <SignedIn>
                  <Shell />
                </SignedIn>
              ),
              // A page that fails leaves the frame where it is.
              children: [{ errorElement: <RouteError />, children: pages.map(styled) }],
            },
          ],
        },
      ],
    },
  ]);
