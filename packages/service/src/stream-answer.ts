// An answer in pieces: each is fetched when the socket has taken the one before, so that nothing piles up, and no more are
// fetched when the client is gone. What breaks it off ends the connection, because a short answer must not look like a whole one.
import type { ServerResponse } from 'node:http';

/**
 * Sends the pieces after the headers; `isHead`: none. Resolves when all are sent or the client is gone. Rejects, the connection
 * ended, with what the pieces threw.
 */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterator<string | Uint8Array>,
  isHead: boolean,
): Promise<void> {
  try {
    while (!isHead && !response.destroyed) {
      const { done, value } = await pieces.next();
      if (done === true) {
        response.end();
        return;
      }
      // Gone while the piece was made: writing to it would be an error.
      if (!response.destroyed && !response.write(value)) await drained(response);
    }
    await pieces.return?.();
    if (isHead) response.end();
  } catch (error) {
    response.destroy();
    await pieces.return?.().catch(() => {});
    throw error;
  }
}

/** Resolves when the socket has taken what was written, or is closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    if (response.destroyed) done();
  });
}
