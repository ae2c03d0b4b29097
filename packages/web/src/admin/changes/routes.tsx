// Where change sets, plans, publishing and its history are reached.
import type { RouteObject } from 'react-router';

export const routes: RouteObject[] = [];
