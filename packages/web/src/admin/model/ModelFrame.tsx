// What all pages of the editor, and those of roles, stand in: the chosen change set, and what is typed and not in it yet.
import { Outlet } from 'react-router';
import { DraftProvider } from './data/draft.tsx';
import { UnsavedProvider } from './data/unsaved.tsx';

export function ModelFrame() {
  return (
    <DraftProvider>
      <UnsavedProvider>
        <Outlet />
      </UnsavedProvider>
    </DraftProvider>
  );
}
