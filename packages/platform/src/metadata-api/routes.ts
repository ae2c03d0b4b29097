// Which handler serves which path and method below /metadata, and the one place where the right to it is demanded. It serves
// nothing itself; what is described of each route is in describe/metadata-routes.ts.
import { methodNotAllowed, PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { authorizeMetadata } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { PUBLISH_ROUTES } from './change-set-publish.ts';
import { CHANGE_SET_ROUTES } from './change-sets.ts';
import { DOCUMENT_ROUTES } from './documents.ts';
import { PURGE_ROUTES } from './hidden-data.ts';
import { PACKAGE_ROUTES } from './packages.ts';
import { REVISION_ROUTES } from './revisions.ts';
import { STATE_ROUTES } from './storage-state.ts';
import type { RouteTable } from './types.ts';

/** All of them. A path that names its segments goes before one that takes any. */
export const ROUTES: RouteTable = {
  ...DOCUMENT_ROUTES,
  ...CHANGE_SET_ROUTES,
  ...PUBLISH_ROUTES,
  ...REVISION_ROUTES,
  ...STATE_ROUTES,
  ...PURGE_ROUTES,
  ...PACKAGE_ROUTES,
};

const COMPILED = Object.entries(ROUTES).map(([path, methods]) => ({ parts: split(path), methods }));

/** Throws unknown_resource, method_not_allowed, missing_capability, and what the route does. */
export async function runRoute(
  env: RequestEnvironment,
  { segments }: { readonly segments: readonly string[] },
): Promise<EngineResponse> {
  const found = COMPILED.filter(({ parts }) => fits(parts, segments)).sort(
    (a, b) => taking(a.parts) - taking(b.parts),
  )[0];
  if (found === undefined) {
    const name = `metadata/${segments.join('/')}`.slice(0, 200);
    throw new PlatformError('unknown_resource', { name }, { target: segments[0] ?? '' });
  }
  const { parts, methods } = found;
  const method = env.request.method === 'HEAD' ? 'GET' : env.request.method;
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (handler === undefined) throw methodNotAllowed(env.request.method, Object.keys(methods));
  const named = parts.flatMap((part, at) => (isTaking(part) ? [[part.slice(1, -1), segments[at] ?? '']] : []));
  return handler(authorizeMetadata(env, Object.fromEntries(named)));
}

function split(path: string): readonly string[] {
  return path === '' ? [] : path.split('/');
}

const isTaking = (part: string): boolean => part.startsWith('{');
const taking = (parts: readonly string[]): number => parts.filter(isTaking).length;

function fits(parts: readonly string[], segments: readonly string[]): boolean {
  return parts.length === segments.length && parts.every((part, at) => isTaking(part) || part === segments[at]);
}
