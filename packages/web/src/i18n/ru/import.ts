// Russian texts of this area, with the keys of ../en/import.ts.
import type { importTexts as english } from '../en/import.ts';
import type { SameKeys } from '../messages.ts';

export const importTexts: SameKeys<typeof english> = {
  title: 'Импорт',
};
