// What the routes below /metadata have in common. Types only.
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';

/** Serves a request that may be made. */
export type RouteHandler = (asked: MetadataRequest) => Promise<EngineResponse>;

/** Methods by path below /metadata (`''` for /metadata itself); a segment in braces takes any one segment, under its name. */
export type RouteTable = Readonly<Record<string, Readonly<Record<string, RouteHandler>>>>;
