// Members that bodies below /metadata have in common: names of change sets, comments, fingerprints. It looks nothing up.
import { errorDetail } from '../errors.ts';
import type { Findings, Members } from '../preview/findings.ts';

/** What a change set may be called: it stands in paths. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
/** Characters of a comment. */
export const LONGEST_COMMENT = 2_000;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** '' after a finding. */
export function changeSetName(members: Members, findings: Findings): string {
  const { name } = members;
  if (typeof name === 'string' && NAME.test(name)) return name;
  if (name === undefined) findings.details.push(errorDetail('required', { name: 'name' }, 'name'));
  else
    findings.add('name', 'it begins with a small letter and goes on with small letters, digits, - and _, 63 at most');
  return '';
}

/** Null where it is absent. */
export function commentOf(members: Members, findings: Findings): string | null {
  const { comment } = members;
  if (comment === undefined) return null;
  if (typeof comment !== 'string') findings.add('comment', 'a text is needed');
  else if (comment.length > LONGEST_COMMENT) findings.add('comment', `${LONGEST_COMMENT} characters are the most`);
  else return comment.trim();
  return null;
}

/** What a publish is asked for with, beside its documents. */
export interface PublishOptions {
  readonly fingerprint: string | null;
  readonly comment: string | null;
  readonly allowDestructive: boolean;
}

export const PUBLISH_MEMBERS = ['fingerprint', 'comment', 'allow_destructive', 'restore'] as const;

/** Whether fields take up the hidden values of removed ones of their names. */
export function restoreOf({ restore = false }: Members, findings: Findings): boolean {
  if (typeof restore !== 'boolean') findings.add('restore', 'true or false is needed');
  return restore === true;
}

export function publishOptions(members: Members, findings: Findings): PublishOptions {
  const { fingerprint = null, allow_destructive: allowDestructive = false } = members;
  if (fingerprint !== null && !(typeof fingerprint === 'string' && FINGERPRINT.test(fingerprint)))
    findings.add('fingerprint', 'the fingerprint of a plan is needed');
  if (typeof allowDestructive !== 'boolean') findings.add('allow_destructive', 'true or false is needed');
  return {
    fingerprint: typeof fingerprint === 'string' ? fingerprint : null,
    comment: commentOf(members, findings),
    allowDestructive: allowDestructive === true,
  };
}

/** Reports what is missing. */
export function requireMember(findings: Findings, name: string, value: string | null): void {
  if (value === null || value === '') findings.details.push(errorDetail('required', { name }, name));
}
