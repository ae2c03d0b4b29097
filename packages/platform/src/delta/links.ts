// Delta links as text, and what is said of them. No SQL, no rights.
import type { EngineRequest } from '../platform-types.ts';
import { responseVersion } from '../request/headers.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { header, linkTo } from '../shape.ts';
import { type DeltaToken, encodeToken } from './token.ts';

/** Throws limit_exceeded where the link would be longer than the service accepts. */
export function deltaLink(url: string, options: QueryOptions, token: DeltaToken, secret: string): string {
  return linkTo(url, options, [`$deltatoken=${encodeToken(token, secret)}`]);
}

/** For Preference-Applied, as the version of the answer writes it. */
export function appliedPreference(request: EngineRequest): string {
  return responseVersion(header(request, 'odata-maxversion')) === '4.0' ? 'odata.track-changes' : 'track-changes';
}
