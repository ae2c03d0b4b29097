// Counts of records, which may have been broken off, in words.
import { useTranslate } from 'ra-core';
import { useCallback } from 'react';
import { useFormat } from '../../ui/index.ts';
import type { Counted } from './api-types.ts';

/** Records as far as they were counted. */
export function useRecords(): (count: Counted) => string {
  const translate = useTranslate();
  const { number } = useFormat();
  return useCallback(
    ({ records, more }) => {
      if (records === null) return translate('changes.records_unknown');
      const values = { smart_count: Number(records), count: number(records) };
      return translate(more ? 'changes.records_more' : 'changes.records', values);
    },
    [translate, number],
  );
}
