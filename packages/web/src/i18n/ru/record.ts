// Russian texts of this area, with the keys of ../en/record.ts.
import type { record as english } from '../en/record.ts';
import type { SameKeys } from '../messages.ts';

export const record: SameKeys<typeof english> = {
  title: 'Запись',
};
