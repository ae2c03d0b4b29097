// Passwords, sessions and API keys: routes of `/auth`, beside the records. A secret that is told once goes to whoever asked and is kept nowhere.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useApi } from '../../../data/api.ts';

const CREDENTIALS = 'credentials';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly created_on: string;
  readonly expires_on: string | null;
  readonly last_used_on: string | null;
}
/** A key as it is told when it is made, and never again. */
export interface MadeKey extends ApiKey {
  readonly key: string;
}
export interface SignedInSession {
  readonly id: string;
  readonly client: string | null;
  readonly address: string | null;
  readonly user_agent: string | null;
  readonly created_on: string;
  readonly last_used_on: string;
  readonly expires_on: string;
  readonly current?: boolean;
}

/** Paths are below `/api/v1/`; those of `/auth` stand beside it. */
const auth = (path: string): string => `../../auth/${path}`;
/** Routes of `/auth` know no repeated requests: a key that was made and not told is not made a second time. */
const ONCE = { repeatable: false } as const;

/** Of the user with this id; null: of whoever is signed in. */
export type Whose = string | null;
const of = (whose: Whose): string => (whose === null ? '' : `users/${whose}/`);

export function useKeys(whose: Whose) {
  const api = useApi();
  return useQuery({
    queryKey: [CREDENTIALS, 'keys', whose],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly value: readonly ApiKey[] }>(auth(`${of(whose)}keys`), { signal })).value,
  });
}

export function useSessions(whose: Whose) {
  const api = useApi();
  return useQuery({
    queryKey: [CREDENTIALS, 'sessions', whose],
    queryFn: async ({ signal }) =>
      (await api.get<{ readonly value: readonly SignedInSession[] }>(auth(`${of(whose)}sessions`), { signal })).value,
  });
}

/** Everything that changes credentials; lists are read anew afterwards. Throws CrmError. */
export function useCredentials() {
  const api = useApi();
  const client = useQueryClient();
  const send = useCallback(
    async <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<T> => {
      const answer = await api.send<T>(method, auth(path), body, ONCE);
      await client.invalidateQueries({ queryKey: [CREDENTIALS] });
      return answer;
    },
    [api, client],
  );
  return {
    makeKey: (whose: Whose, key: { readonly name: string; readonly expires_on?: string }) =>
      send<MadeKey>('POST', `${of(whose)}keys`, key),
    revokeKey: (whose: Whose, id: string) => send<null>('DELETE', `${of(whose)}keys/${id}`),
    endSession: (whose: Whose, id: string) => send<null>('DELETE', `${of(whose)}sessions/${id}`),
    /** All others of one's own, all of somebody else's. */
    endSessions: (whose: Whose) => send<null>('DELETE', `${of(whose)}sessions`),
    setPassword: (user: string, password: string) => send<null>('PUT', `users/${user}/password`, { password }),
    changePassword: (current_password: string, password: string) =>
      send<null>('POST', 'password', { current_password, password }),
  };
}
