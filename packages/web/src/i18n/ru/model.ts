// Russian texts of this area, with the keys of ../en/model.ts.
import type { model as english } from '../en/model.ts';
import type { SameKeys } from '../messages.ts';

export const model: SameKeys<typeof english> = {
  title: 'Модель данных',
};
