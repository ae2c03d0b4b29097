// What the pages of changes ask the service, below /metadata: one place for paths, keys of the cache and what a publish makes stale. It
// draws nothing.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { type Api, useApi } from '../../data/api.ts';
import { useRefreshModel } from '../../data/model.tsx';
import type { BackgroundStep, ChangeSet, ChangeSetDetail, Preview } from './api-types.ts';

/** Begins the keys of everything that a publish or an edit of a change set makes stale. */
export const METADATA = 'metadata';

interface ListPage<T> {
  readonly value: readonly T[];
  readonly '@odata.nextLink'?: string;
}

/** A list, page after page, up to `most` of it. */
export async function readList<T>(api: Api, path: string, most: number, signal?: AbortSignal): Promise<readonly T[]> {
  const all: T[] = [];
  for (let next: string | undefined = path; next !== undefined && all.length < most; ) {
    const page: ListPage<T> = await api.get<ListPage<T>>(next, { signal });
    all.push(...page.value);
    const link: string | undefined = page['@odata.nextLink'];
    next = link === undefined ? undefined : api.pathOf(link);
  }
  return all.slice(0, most);
}

/** The service takes 200 of them. */
const MOST_SETS = 200;

export function useChangeSets() {
  const api = useApi();
  return useQuery({
    queryKey: [METADATA, 'change_sets'],
    queryFn: ({ signal }) => readList<ChangeSet>(api, 'metadata/change_sets', MOST_SETS, signal),
  });
}

export const setPath = (name: string): string => `metadata/change_sets/${encodeURIComponent(name)}`;

export function useChangeSet(name: string) {
  const api = useApi();
  return useQuery({
    queryKey: [METADATA, 'change_set', name],
    queryFn: ({ signal }) => api.get<ChangeSetDetail>(setPath(name), { signal }),
  });
}

/** A document's body in a change set beside what is published of it; undefined: not there. */
export interface DocumentPair {
  readonly before: unknown;
  readonly after: unknown;
}

export function useDocumentPair(set: string, kind: string, name: string, removed: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: [METADATA, 'document', set, kind, name],
    queryFn: async ({ signal }): Promise<DocumentPair> => {
      const of = `${kind}/${encodeURIComponent(name)}`;
      const published = publishedBody(api, of, signal);
      if (removed) return { before: await published, after: undefined };
      const changed = await api.get<{ readonly body?: unknown }>(`${setPath(set)}/documents/${of}`, { signal });
      return { before: await published, after: changed.body };
    },
  });
}

async function publishedBody(api: Api, of: string, signal: AbortSignal): Promise<unknown> {
  try {
    const { body } = await api.get<{ readonly body: unknown }>(`metadata/documents/${of}?layer=custom`, { signal });
    return body;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

/** Everything that is not served in a repeatable request (docs/rest.md, "Changing the model"). */
export const ONCE = { repeatable: false } as const;

/** A publish was made: the application draws from the new Model from now on, and these pages read anew. */
export function useAfterPublish(): () => Promise<void> {
  const queryClient = useQueryClient();
  const refreshModel = useRefreshModel();
  return useCallback(async () => {
    await Promise.all([refreshModel(), queryClient.invalidateQueries()]);
  }, [queryClient, refreshModel]);
}

const STEPS_EVERY = 1_000;
/** Steps of one publish that are followed. */
const MOST_STEPS = 1_000;

/** Background steps of one publish, while there are some to do. */
export function useBackgroundSteps(revision: number | null) {
  const api = useApi();
  return useQuery({
    queryKey: [METADATA, 'steps', revision],
    enabled: revision !== null,
    queryFn: async ({ signal }) => {
      const steps = await readList<BackgroundStep>(api, 'metadata/steps', MOST_STEPS, signal);
      return steps.filter((step) => step.revision === revision).toReversed();
    },
    refetchInterval: ({ state }) =>
      state.data?.every((step) => step.state === 'done' || step.state === 'given_up') === true ? false : STEPS_EVERY,
  });
}

/** Who gains and loses records by the role documents; null where there are none. */
export function usePreview(roles: readonly unknown[], enabled: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: [METADATA, 'preview', roles],
    enabled: enabled && roles.length > 0,
    retry: false,
    queryFn: ({ signal }) => api.send<Preview>('POST', 'preview_role_change', { roles }, { signal, ...ONCE }),
  });
}
