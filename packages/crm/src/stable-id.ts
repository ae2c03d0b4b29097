// Ids of records that are made once however often, and wherever, they are asked for.
import { createHash } from 'node:crypto';

/** A UUID (version 8, RFC 9562) of the texts: the same on every node and at every time. */
export function stableId(...texts: readonly string[]): string {
  const bytes = createHash('sha256').update(texts.join(' ')).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
