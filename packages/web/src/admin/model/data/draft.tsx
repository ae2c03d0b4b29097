// The change set that edits go into: which one is chosen (kept per browser, so that coming back goes on with it), what its documents say, what
// the service finds wrong with them. An edit without a chosen set asks for one first, and is carried out then: nothing that was typed is lost.
import { NotFoundError } from '@kartoteka/sdk';
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNotify } from 'ra-core';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { useApi } from '../../../data/api.ts';
import { type Change, type EditRequest, planEdit, planRemoval } from '../logic/edit.ts';
import type { LayeredDocument } from '../logic/layered.ts';
import type { Json } from '../logic/paths.ts';
import { ChooseDraft } from '../ui/ChooseDraft.tsx';
import {
  type ChangeSetDetail,
  carryOut,
  type Finding,
  readChangeSet,
  readDraft,
  validateChangeSet,
} from './metadata-api.ts';

const KEPT_AS = 'kartoteka.change_set';

export interface Draft {
  /** Name of the chosen set; null: none. */
  readonly name: string | null;
  readonly detail: ChangeSetDetail | undefined;
  /** Bodies of its documents by `kind name`; null: to be taken away. Undefined while they are read. */
  readonly bodies: ReadonlyMap<string, Json | null> | undefined;
  readonly findings: readonly Finding[];
  /** Why the set could not be read: then nothing of it is known. */
  readonly failed: unknown;
  /** Why it could not be looked through: others have published the same documents. */
  readonly error: unknown;
  choose(name: string | null): void;
  ask(): void;
  /** Carries changes of a document out in the chosen set; false: the user did not choose one, or it failed, which is told. */
  edit(document: LayeredDocument, changes: readonly Change[]): Promise<boolean>;
  /** Takes a document of the custom layer away, whole; as `edit` otherwise. */
  takeAway(document: LayeredDocument): Promise<boolean>;
}

const DraftContext = createContext<Draft | null>(null);

export const keyOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string => `${kind} ${name}`;

/** The chosen change set. */
export function useDraft(): Draft {
  const draft = useContext(DraftContext);
  if (draft === null) throw new Error('useDraft stands outside of DraftProvider');
  return draft;
}

function useChosen(): readonly [string | null, (name: string | null) => void] {
  const [chosen, setChosen] = useState<string | null>(() => localStorage.getItem(KEPT_AS));
  const choose = useCallback((name: string | null) => {
    if (name === null) localStorage.removeItem(KEPT_AS);
    else localStorage.setItem(KEPT_AS, name);
    setChosen(name);
  }, []);
  return [chosen, choose];
}

function useBodies(name: string | null, detail: ChangeSetDetail | undefined) {
  const api = useApi();
  const read = useQueries({
    queries: (detail?.documents ?? []).map((document) => ({
      queryKey: ['metadata', 'draft', name, document.kind, document.name, document.version],
      queryFn: () => (document.removed ? null : readDraft(api, name ?? '', document.kind, document.name)),
      staleTime: Number.POSITIVE_INFINITY,
    })),
    combine: (results) => ({
      ready: detail !== undefined && results.every(({ data }) => data !== undefined),
      list: results.map(({ data }) => data ?? null),
    }),
  });
  // Of what stays the same between renders, so that whoever depends on it need not work it out again.
  const bodies = useMemo(
    () => new Map((detail?.documents ?? []).map((document, at) => [keyOf(document), read.list[at] ?? null] as const)),
    [detail, read.list],
  );
  return { ready: read.ready, bodies };
}

/** What the queries of a set answer. */
function useSet(name: string | null, choose: (name: string | null) => void) {
  const api = useApi();
  const set = useQuery({
    queryKey: ['metadata', 'change_set', name],
    queryFn: () => readChangeSet(api, name ?? ''),
    enabled: name !== null,
    retry: false,
  });
  const detail = name === null ? undefined : set.data;
  const found = useQuery({
    queryKey: ['metadata', 'validation', name, detail?.version, detail?.revision],
    queryFn: () => validateChangeSet(api, name ?? ''),
    enabled: detail !== undefined && detail.documents.length > 0,
    retry: false,
  });
  const findings = detail === undefined || detail.documents.length === 0 ? [] : (found.data?.findings ?? []);
  // A set is gone once it is published, or removed: edits go on without one.
  const gone = name !== null && set.error instanceof NotFoundError;
  useEffect(() => {
    if (gone) choose(null);
  }, [gone, choose]);
  const failed = name === null || gone || set.data !== undefined ? null : set.error;
  return { detail, findings, failed, error: name === null ? null : found.error };
}

export function DraftProvider({ children }: { readonly children: ReactNode }) {
  const api = useApi();
  const client = useQueryClient();
  const notify = useNotify();
  const [name, choose] = useChosen();
  const { detail, findings, failed, error } = useSet(name, choose);
  const { ready, bodies } = useBodies(name, detail);
  const [asking, setAsking] = useState(false);
  const answered = useRef<((name: string | null) => void) | undefined>(undefined);

  const settle = useCallback(
    (chosen: string | null) => {
      if (chosen !== null) choose(chosen);
      setAsking(false);
      answered.current?.(chosen);
      answered.current = undefined;
    },
    [choose],
  );
  const ask = useCallback(() => setAsking(true), []);
  const carry = useCallback(
    async (document: LayeredDocument, request: EditRequest): Promise<boolean> => {
      let target = name;
      if (target === null) {
        setAsking(true);
        target = await new Promise<string | null>((resolve) => {
          answered.current = resolve;
        });
      }
      if (target === null) return false;
      try {
        await carryOut(api, target, document, request);
        await client.invalidateQueries({ queryKey: ['metadata', 'change_set', target] });
        return true;
      } catch (failure) {
        notify(failure instanceof Error ? failure.message : String(failure), { type: 'error' });
        return false;
      }
    },
    [api, client, name, notify],
  );
  const edit = useCallback<Draft['edit']>((document, changes) => carry(document, planEdit(document, changes)), [carry]);
  const takeAway = useCallback<Draft['takeAway']>((document) => carry(document, planRemoval(document)), [carry]);
  const value = useMemo<Draft>(
    () => ({
      ...{ name, detail, findings, failed, error, choose, ask, edit, takeAway },
      bodies: name === null ? new Map() : ready ? bodies : undefined,
    }),
    [name, detail, findings, failed, error, choose, ask, edit, takeAway, ready, bodies],
  );
  return (
    <DraftContext.Provider value={value}>
      {children}
      <ChooseDraft opened={asking} chosen={name} onSettle={settle} />
    </DraftContext.Provider>
  );
}
