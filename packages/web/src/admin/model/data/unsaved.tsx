// What is typed on a page of the editor and not in the draft yet: leaving the page or its tab, choosing another document, or closing the browser's
// tab asks first. A router takes one blocker, so that the frame has it, and whatever is typed tells the frame.
import { useTranslate } from 'ra-core';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useBlocker } from 'react-router';
import { Confirm } from '../../../ui/index.ts';

interface Unsaved {
  tell(id: string, isDirty: boolean): void;
  /** Carries out what would lose what is typed, after asking where something is. */
  leave(act: () => void): void;
}

const UnsavedContext = createContext<Unsaved | null>(null);

function useFrame(): Unsaved {
  const frame = useContext(UnsavedContext);
  if (frame === null) throw new Error('There is no UnsavedProvider around');
  return frame;
}

/** Tells that something is typed here that leaving would lose. */
export function useUnsaved(isDirty: boolean): void {
  const id = useId();
  const { tell } = useFrame();
  useEffect(() => {
    tell(id, isDirty);
    return () => tell(id, false);
  }, [id, isDirty, tell]);
}

/** For what changes the page without leaving it: another view is chosen, a dialog is closed. */
export const useLeave = (): ((act: () => void) => void) => useFrame().leave;

export function UnsavedProvider({ children }: { readonly children: ReactNode }) {
  const t = useTranslate();
  // What holds now, for the router, which asks between two renders; and whether anything is typed, for what is drawn.
  const typed = useRef(new Set<string>());
  const [isDirty, setDirty] = useState(false);
  const [act, setAct] = useState<(() => void) | null>(null);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => typed.current.size > 0 && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isDirty]);
  const tell = useCallback((id: string, dirty: boolean) => {
    if (dirty) typed.current.add(id);
    else typed.current.delete(id);
    setDirty(typed.current.size > 0);
  }, []);
  const leave = useCallback((next: () => void) => (isDirty ? setAct(() => next) : next()), [isDirty]);
  const frame = useMemo(() => ({ tell, leave }), [tell, leave]);
  const isBlocked = blocker.state === 'blocked';
  return (
    <UnsavedContext.Provider value={frame}>
      {children}
      <Confirm
        opened={isBlocked || act !== null}
        title={t('model.unsaved.title')}
        confirm={t('model.unsaved.discard')}
        danger
        onConfirm={() => {
          act?.();
          setAct(null);
          if (isBlocked) blocker.proceed();
        }}
        onClose={() => {
          setAct(null);
          if (isBlocked) blocker.reset();
        }}
      >
        {t('model.unsaved.text')}
      </Confirm>
    </UnsavedContext.Provider>
  );
}
