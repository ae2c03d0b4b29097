// Where one record is reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
