// Russian texts of this area, with the keys of ../en/changes.ts.
import type { changes as english } from '../en/changes.ts';
import type { SameKeys } from '../messages.ts';

export const changes: SameKeys<typeof english> = {
  title: 'Изменения',
};
