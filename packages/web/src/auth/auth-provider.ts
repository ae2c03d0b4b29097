// ra-core's view of the session: what its hooks ask about who is signed in. The session itself goes on by itself (session.ts).
import { AuthenticationError } from '@kartoteka/sdk';
import type { AuthProvider } from 'ra-core';
import type { Session } from './session.ts';

export const authProviderOf = (session: Session): AuthProvider => ({
  login: ({ username, password }: { username: string; password: string }) => session.signIn(username, password),
  logout: async () => {
    await session.signOut();
    return false;
  },
  checkAuth: () => (session.state === 'signed-out' ? Promise.reject(new Error('signed out')) : Promise.resolve()),
  // A 401 never comes this far: the session renews itself, or waits until somebody has signed in again.
  checkError: (error: unknown) =>
    error instanceof AuthenticationError && session.state === 'signed-out' ? Promise.reject(error) : Promise.resolve(),
  getPermissions: () => Promise.resolve(undefined),
});
