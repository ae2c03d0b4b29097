// What all pages of the editor stand in: the chosen change set.
import { Outlet } from 'react-router';
import { DraftProvider } from './data/draft.tsx';

export function ModelFrame() {
  return (
    <DraftProvider>
      <Outlet />
    </DraftProvider>
  );
}
