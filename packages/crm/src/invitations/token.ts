// The link by which an invited person replies without signing in: it names the participant and the version that he was told, and is
// signed with the secret of his invitation, so that it ends with either.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `<participant>.<sequence>.<signature>`, for a path. */
export function replyToken(participantId: string, sequence: number, secret: string): string {
  const id = Buffer.from(participantId.replaceAll('-', ''), 'hex').toString('base64url');
  return `${id}.${sequence}.${signature(participantId, sequence, secret)}`;
}

export interface ReplyToken {
  readonly participantId: string;
  readonly sequence: number;
  readonly signature: string;
}

/** What a token claims; null: it is none. Whether it is ours says `isSigned`. */
export function readReplyToken(text: string): ReplyToken | null {
  const [, id = '', sequence, signed] = /^([\w-]{22})\.(\d{1,9})\.([\w-]{43})$/.exec(text) ?? [];
  if (sequence === undefined || signed === undefined) return null;
  const hex = Buffer.from(id, 'base64url').toString('hex');
  const participantId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { participantId, sequence: Number(sequence), signature: signed };
}

export function isSigned({ participantId, sequence, signature: given }: ReplyToken, secret: string): boolean {
  const expected = Buffer.from(signature(participantId, sequence, secret));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function signature(participantId: string, sequence: number, secret: string): string {
  return createHmac('sha256', secret).update(`invitation ${participantId} ${sequence}`).digest('base64url');
}
