// Long JSON texts and their entity tags, in pieces: documents of a large model are longer than what may be printed in one turn.
import { createHash } from 'node:crypto';
import type { Steps } from '@kartoteka/metadata';

/** Members of members of members are printed one by one, whatever is below at once. */
const DEPTH = 3;
/** Characters that are hashed at once. */
const PIECE = 1 << 20;

/** As JSON.stringify of a value made of JSON, in pieces. */
export function* jsonSteps(value: unknown, depth = DEPTH): Steps<string> {
  if (depth === 0 || value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    members.push(`${JSON.stringify(name)}:${yield* jsonSteps(member, depth - 1)}`);
    yield;
  }
  return `{${members.join(',')}}`;
}

/** A weak entity tag over the content, in pieces. */
export function* etagSteps(text: string): Steps<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < text.length; at += PIECE) {
    hash.update(text.slice(at, at + PIECE));
    yield;
  }
  return `W/"${hash.digest('hex').slice(0, 32)}"`;
}
