// Where roles, users, units, teams, explaining access and the own account are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
