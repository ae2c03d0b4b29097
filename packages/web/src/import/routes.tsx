// Where imports are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
