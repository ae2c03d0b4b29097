// Around the pages of roles: the change set that their edits go into, the same one as in the metadata editor.
import { Outlet } from 'react-router';
import { DraftProvider } from '../model/data/draft.tsx';

export function RightsFrame() {
  return (
    <DraftProvider>
      <Outlet />
    </DraftProvider>
  );
}
