// Russian texts of this area, with the keys of ../en/rights.ts.
import type { rights as english } from '../en/rights.ts';
import type { SameKeys } from '../messages.ts';

export const rights: SameKeys<typeof english> = {
  title: 'Права',
};
