// Exports as clients take them: asked for, taken to the end, and read.
import type { Principal } from '@kartoteka/platform';
import type { Crm } from './crm-kit.ts';

export const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** An export to its end; throws where it is refused. `path` with its query, not encoded. */
export async function exported(
  { platform, admin }: Pick<Crm, 'platform' | 'admin'>,
  path: string,
  headers: Record<string, string> = { accept: XLSX },
  principal: Principal = admin,
) {
  const [route = '', query = ''] = path.split('?');
  const common = { body: null, baseUrl: 'http://crm.test', client: null };
  const request = { method: 'GET', path: route, query: encodeURI(query).replaceAll('+', '%2B'), headers, ...common };
  const answer = await platform.handle(request, principal);
  if (answer.stream === undefined) throw new Error('the answer is no stream');
  const pieces: Uint8Array[] = [];
  for (let piece = await answer.stream.next(); piece.done !== true; piece = await answer.stream.next())
    pieces.push(typeof piece.value === 'string' ? Buffer.from(piece.value) : piece.value);
  return { headers: answer.headers, bytes: Buffer.concat(pieces) };
}
