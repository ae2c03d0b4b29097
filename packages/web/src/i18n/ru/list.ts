// Russian texts of this area, with the keys of ../en/list.ts.
import type { list as english } from '../en/list.ts';
import type { SameKeys } from '../messages.ts';

export const list: SameKeys<typeof english> = {
  title: 'Записи',
};
