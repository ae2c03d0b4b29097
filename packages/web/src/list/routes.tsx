// Where lists of records and the recycle bin are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
