// Where the metadata editor is reached. Every page is loaded when it is opened; the diagram brings its own libraries.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [
  {
    path: '/admin/model',
    lazy: async () => ({ Component: (await import('./ModelFrame.tsx')).ModelFrame }),
    children: [
      { index: true, lazy: async () => ({ Component: (await import('./EntitiesPage.tsx')).EntitiesPage }) },
      // No entity has a name like this.
      { path: '-/choices', lazy: async () => ({ Component: (await import('./ChoicesPage.tsx')).ChoicesPage }) },
      { path: '-/choices/:choice', lazy: async () => ({ Component: (await import('./ChoicesPage.tsx')).ChoicesPage }) },
      ...['-/documents', '-/documents/:kind', '-/documents/:kind/:document'].map((path) => ({
        path,
        lazy: async () => ({ Component: (await import('./DocumentsPage.tsx')).DocumentsPage }),
      })),
      { path: '-/diagram', lazy: async () => ({ Component: (await import('./DiagramPage.tsx')).DiagramPage }) },
      { path: ':entity', lazy: async () => ({ Component: (await import('./EntityPage.tsx')).EntityPage }) },
      { path: ':entity/:tab', lazy: async () => ({ Component: (await import('./EntityPage.tsx')).EntityPage }) },
    ],
  },
];
