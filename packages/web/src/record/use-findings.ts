// What is wrong with a form before it is sent, by the rules that the service has: what values must be, required and conditions here.
// The service has the last word on all of it.
import type { ClientEntity } from '@kartoteka/metadata';
import { useTranslate } from 'ra-core';
import { useCallback } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { useText } from '../data/model.tsx';
import { validateRecord } from '../data/validation.ts';
import { UnreadJson } from '../fields/json-text.ts';
import { controlOf } from '../fields/registry.ts';
import { fieldOfProperty } from '../fields/system-fields.ts';
import { mainProperty, type RecordValues } from '../fields/types.ts';
import { stateOf, useConditionContext } from './conditions.ts';

type Form = UseFormReturn<Record<string, unknown>>;

export interface Finding {
  readonly property: string;
  readonly code: string;
  readonly reason: string;
  /** For texts: `limit`, `minimum` and the like. */
  readonly params?: Readonly<Record<string, unknown>>;
}

/** Values that cannot be stored, by the schemas that the service has. */
function wrongValues(entity: ClientEntity, operation: 'create' | 'update', written: RecordValues): readonly Finding[] {
  return validateRecord(entity, operation, written).flatMap(({ property, finding }) =>
    finding === undefined
      ? []
      : [{ property, code: `wrong.${finding.keyword}`, reason: finding.reason, params: finding.params }],
  );
}

/** Required fields that have no value, as conditions say now. */
function useMissing(entity: ClientEntity) {
  const context = useConditionContext();
  return useCallback(
    (values: RecordValues, operation: 'create' | 'update'): readonly Finding[] =>
      Object.values(entity.fields).flatMap((field): Finding[] => {
        const main = mainProperty(field);
        if (field.properties.length === 0 || field.read_only || controlOf(field).Input === undefined) return [];
        if (operation === 'update' && !(main in values)) return [];
        const state = stateOf(entity, field, values, context);
        const value = values[main] ?? null;
        const isEmpty = value === null || (Array.isArray(value) && value.length === 0 && state.required);
        return state.required && isEmpty ? [{ property: main, code: 'required', reason: 'required' }] : [];
      }),
    [entity, context],
  );
}

/** Puts what is wrong at its fields; answers null for nothing, else what stands at none of them. */
export function useFindings(entity: ClientEntity, operation: 'create' | 'update') {
  const say = useFindingText(entity);
  const missing = useMissing(entity);
  return useCallback(
    (values: RecordValues, written: RecordValues, form: Form): readonly string[] | null => {
      const unread = Object.entries(written).filter(([, value]) => value instanceof UnreadJson);
      const found: Finding[] = [
        ...unread.map(([property]) => ({ property, code: 'no_json', reason: '' })),
        ...missing(values, operation),
        ...wrongValues(entity, operation, written),
      ];
      form.clearErrors();
      if (found.length === 0) return null;
      const first = new Map<string, Finding>();
      for (const finding of found) if (!first.has(finding.property)) first.set(finding.property, finding);
      for (const [property, finding] of first) form.setError(property, { type: finding.code, message: say(finding) });
      const [property] = first.keys();
      if (property !== undefined) form.setFocus(property);
      return [...first.values()].filter((finding) => fieldOfProperty(entity, finding.property) === undefined).map(say);
    },
    [entity, operation, say, missing],
  );
}

/** A finding in the language of the page, where it has words for it. */
export function useFindingText(entity: ClientEntity) {
  const translate = useTranslate();
  const text = useText();
  return useCallback(
    ({ property, code, reason, params }: Finding): string => {
      const field = fieldOfProperty(entity, property);
      const name = field === undefined ? property : text(field.label) || field.name;
      return translate(`record.error.${code}`, { ...params, _: `${name} ${reason}`, field: name });
    },
    [entity, translate, text],
  );
}
