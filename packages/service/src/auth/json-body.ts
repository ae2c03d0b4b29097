// Small JSON bodies of the routes of authentication: an object with known members, and errors of the table for the rest.
import { type ErrorCode, type ErrorDetail, errorDetail, PlatformError } from '@kartoteka/platform';

/**
 * The members of a JSON object.
 * @throws PlatformError malformed_json, body_not_object, validation_failed with every member that is not in `known`;
 *   `entity` is what the object is called there
 */
export function membersOf(body: unknown, known: readonly string[], entity: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : '');
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PlatformError('body_not_object');
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  const [first] = unknown;
  if (first !== undefined) {
    throw invalid(
      first,
      unknown.map((name) => errorDetail('unknown_property', { name, entity }, name)),
    );
  }
  return value as Record<string, unknown>;
}

/** The error of one member. */
export function invalidMember(code: ErrorCode, target: string, values: Record<string, string>): PlatformError {
  return invalid(target, [errorDetail(code, values, target)]);
}

/** The error of a body with all that is wrong in it. */
export function invalid(target: string, details: readonly ErrorDetail[]): PlatformError {
  return new PlatformError('validation_failed', {}, { target, details });
}
