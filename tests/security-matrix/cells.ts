// What a cell of the matrix should answer, from the table of 3-security alone: the privileges that an operation needs on the record,
// and how it refuses each of them. A cell is a grade (one privilege at one depth, all others everywhere), a place and an operation.
import type { Privilege } from '@kartoteka/metadata';
import type { Grade } from './documents.ts';
import type { HttpAnswer } from './http.ts';
import { type Place, reaches } from './places.ts';

/** Of a PATCH that is no upsert: that creates what is missing, and cannot create what is hidden, and who may create is told that much. */
export const UPDATE_ONLY = { 'if-match': '*' };

export const DONE = 'done';
export const HIDDEN = '404 not_found';
/** How a record that is named in the body, not in the path, is missing. */
export const NO_TARGET = '400 target_not_found';

/** What was answered, in the words of the matrix. */
export function observed({ status, json }: HttpAnswer): string {
  return status < 300 ? DONE : failure(status, json?.error);
}

/** The result of the only record of a bulk request. */
export function observedOfBulk(answer: HttpAnswer): string {
  if (answer.status !== 200) return observed(answer);
  const result = answer.json.results[0];
  return result.status < 300 ? DONE : failure(result.status, result.error);
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly Failure[];
}

function failure(status: number, error: Failure | undefined): string {
  if (error === undefined) return `${status}`;
  const words = /privilege (\w+) on (?:this )?(\w+)/.exec(error.message);
  if (words !== null) return `${status} ${error.code}: ${words[1]} on ${words[2]}`;
  const details = error.details ?? [];
  if (error.code !== 'validation_failed') return `${status} ${error.code}`;
  return `${status} ${details.map(({ code }) => code).join(' ')}`;
}

/** Privileges that an operation needs on the record, in the order in which they are asked. */
export function expectedOf(grade: Grade, place: Place, needs: readonly Privilege[], hidden = HIDDEN): string {
  const { entity, privilege, depth } = grade;
  if (!needs.includes(privilege)) return DONE;
  const named = `${privilege} on ${entity.name}`;
  if (privilege === 'read' && hidden !== HIDDEN && !reaches(grade, place)) return hidden;
  if (depth === 'none') return `403 missing_privilege: ${named}`;
  if (reaches(grade, place)) return DONE;
  return privilege === 'read' ? hidden : `403 missing_privilege_on_record: ${named}`;
}
