// Where the metadata editor is reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
