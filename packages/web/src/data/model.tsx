// The client model: what the person who is signed in may see of the Model. Asked for once, then again when the page comes back into view
// and from time to time (an unchanged one is a 304), so that a publish is seen without signing in anew. Everything is drawn from it.
import type { ClientEntity, ClientModel, Text } from '@kartoteka/metadata';
import { NotFoundError } from '@kartoteka/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLocaleState } from 'ra-core';
import { createContext, type ReactNode, useCallback, useContext } from 'react';
import { ErrorState } from '../ui/ErrorState.tsx';
import { Starting } from '../ui/Starting.tsx';
import { type Api, useApi } from './api.ts';
import { textIn } from './text-in.ts';

const KEY = ['client-model'];
const EVERY = 60_000;

const ModelContext = createContext<ClientModel | undefined>(undefined);

interface Held {
  readonly etag: string | undefined;
  readonly model: ClientModel;
}

async function asked(api: Api, held: Held | undefined, signal: AbortSignal): Promise<Held> {
  const headers: Record<string, string> = held?.etag === undefined ? {} : { 'if-none-match': held.etag };
  const answer = await api.ask('GET', 'client-model', undefined, { headers, signal });
  if (answer.status === 304 && held !== undefined) return held;
  api.know(answer.json);
  return { etag: answer.headers.get('etag') ?? undefined, model: answer.json };
}

export function ModelProvider({ children }: { readonly children: ReactNode }) {
  const api = useApi();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => asked(api, queryClient.getQueryData<Held>(KEY), signal),
    staleTime: 5_000,
    refetchOnWindowFocus: true,
    refetchInterval: EVERY,
  });
  if (data !== undefined) return <ModelContext value={data.model}>{children}</ModelContext>;
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return <Starting />;
}

/** The client model; below the frame it is always there. */
export function useModel(): ClientModel {
  const model = useContext(ModelContext);
  if (model === undefined) throw new Error('useModel is called outside of the frame');
  return model;
}

/** Asks for the Model anew: after a publish, and where an answer says that it moved. */
export function useRefreshModel(): () => Promise<void> {
  const queryClient = useQueryClient();
  return useCallback(() => queryClient.invalidateQueries({ queryKey: KEY }), [queryClient]);
}

/** The entity of a set; undefined for one that is not there, or not for this person. */
export function useMaybeEntity(set: string | undefined): ClientEntity | undefined {
  const model = useModel();
  return set === undefined ? undefined : Object.values(model.entities).find((entity) => entity.set === set);
}

/** Throws NotFoundError for an unknown set, which the frame shows as a page that is not there. */
export function useEntity(set: string): ClientEntity {
  const entity = useMaybeEntity(set);
  if (entity === undefined) throw new NotFoundError({ status: 404, code: 'unknown_entity_set', message: set });
  return entity;
}

/** A label in the language of the page; where it is missing there, in English, then in any. */
export function useText(): (text: Text | string | undefined) => string {
  const [locale] = useLocaleState();
  return useCallback((text) => textIn(text, locale), [locale]);
}
