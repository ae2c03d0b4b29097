// Bodies as text: the media type and the charset are checked, bytes that are not UTF-8 refused, and the text handed on
// unparsed, because exact numbers and duplicate keys are the engine's to judge.
import { isUtf8 } from 'node:buffer';
import { PlatformError } from '@kartoteka/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Makes every route of `server` take bodies of these media types as strings; other types are answered 415, compressed ones 501.
 * An empty body without Content-Type is the empty string. `bodyLimit` is in bytes; without it the server's holds.
 */
export function acceptTextBodies(
  server: FastifyInstance,
  mediaTypes: string | readonly string[],
  bodyLimit?: number,
): void {
  const accepted = [mediaTypes].flat();
  const parser = ({ headers }: FastifyRequest, bytes: Buffer): string => {
    const contentType = headers['content-type'];
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      throw new PlatformError('not_supported', { what: 'Content-Encoding of a body' }, { target: 'Content-Encoding' });
    }
    if (bytes.length === 0 && contentType === undefined) return '';
    checkMediaType(contentType, accepted);
    if (!isUtf8(bytes)) throw new PlatformError('bad_request', { reason: 'the body is not valid UTF-8' });
    return bytes.toString('utf8');
  };
  server.removeAllContentTypeParsers();
  server.addContentTypeParser<Buffer>('*', { parseAs: 'buffer', bodyLimit }, (request, bytes, done) => {
    try {
      done(null, parser(request, bytes));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Throws unless the header names one of them, with the charset UTF-8 if any. */
function checkMediaType(contentType: string | undefined, accepted: readonly string[]): void {
  if (contentType !== undefined && accepted.includes(contentType)) return;
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  if (!accepted.includes(type)) throw unsupported(contentType);
  for (const parameter of parameters) {
    const charset = /^charset\s*=\s*"?([^"]*)"?$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw unsupported(contentType);
  }
}

function unsupported(contentType: string | undefined): PlatformError {
  const given = contentType === undefined ? '(none)' : contentType.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
  return new PlatformError('unsupported_media_type', { type: given });
}
