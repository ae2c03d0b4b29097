// Russian texts of this area, with the keys of ../en/packages.ts.
import type { packages as english } from '../en/packages.ts';
import type { SameKeys } from '../messages.ts';

export const packages: SameKeys<typeof english> = {
  title: 'Пакеты',
};
