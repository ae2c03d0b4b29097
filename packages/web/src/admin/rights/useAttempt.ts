// Something that may be refused: what the service says is told, and the page stays as it is.
import { CrmError } from '@kartoteka/sdk';
import { useNotify } from 'ra-core';
import { useCallback } from 'react';

/** Answers whether it was done; `done` is told then. */
export function useAttempt(): (work: () => Promise<unknown>, done?: string) => Promise<boolean> {
  const notify = useNotify();
  return useCallback(
    async (work, done) => {
      try {
        await work();
        if (done !== undefined) notify(done, { type: 'success' });
        return true;
      } catch (error) {
        if (!(error instanceof CrmError)) throw error;
        const hint = error.hint === undefined ? '' : ` ${error.hint}`;
        notify(`${error.message}${hint}`, { type: 'error' });
        return false;
      }
    },
    [notify],
  );
}
