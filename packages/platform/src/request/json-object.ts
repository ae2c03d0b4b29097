// The JSON object of a body, read exactly: numbers keep their digits, and no member is lost.
import { ExactNumber, parseExactJson } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { memberNames } from './member-names.ts';

/** A JSON object whose members all have names of their own. Throws malformed_json, body_not_object, bad_request. */
export function parseObject(body: string | null): Record<string, unknown> {
  const text = body ?? '';
  let parsed: unknown;
  try {
    parsed = parseExactJson(text);
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || parsed instanceof ExactNumber)
    throw new PlatformError('body_not_object');
  refuseRepeatedNames(text, parsed);
  return parsed as Record<string, unknown>;
}

/** JSON.parse keeps the last of several members of one name; which of them was meant is not ours to guess. */
function refuseRepeatedNames(text: string, parsed: object): void {
  const names = memberNames(text);
  if (names.length === Object.keys(parsed).length) return;
  const repeated = names.find((name, index) => names.indexOf(name) < index) ?? '';
  throw new PlatformError('bad_request', { reason: 'the body has a member twice' }, { target: repeated });
}
