// Pages are for people who are signed in: others go to the login page and come back to where they were. A session that ends while
// somebody works is begun again in a dialog over the page, which stays as it is with everything typed.
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { Navigate, useLocation } from 'react-router';
import { ModelProvider } from '../data/model.tsx';
import { ErrorState } from '../ui/ErrorState.tsx';
import { Starting } from '../ui/Starting.tsx';
import { SignInAgain } from './SignInAgain.tsx';
import { useSession, useSessionState } from './session-context.ts';

export function SignedIn({ children }: { readonly children: ReactNode }) {
  const state = useSessionState();
  const { pathname, search, hash } = useLocation();
  if (state === 'starting') return <Beginning />;
  if (state === 'signed-out') return <SignedOut to={`${pathname}${search}${hash}`} />;
  return (
    <>
      <ModelProvider>{children}</ModelProvider>
      <SignInAgain opened={state === 'ended'} />
    </>
  );
}

function Beginning() {
  const session = useSession();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt asks anew
  useEffect(() => {
    setError(undefined);
    session.start().catch(setError);
  }, [session, attempt]);
  if (error === undefined) return <Starting />;
  return <ErrorState error={error} onRetry={() => setAttempt(attempt + 1)} />;
}

/** Nothing that one person was shown is there for the next. */
function SignedOut({ to }: { readonly to: string }) {
  const queryClient = useQueryClient();
  useEffect(() => queryClient.clear(), [queryClient]);
  return <Navigate to={to === '/' ? '/login' : `/login?next=${encodeURIComponent(to)}`} replace />;
}
