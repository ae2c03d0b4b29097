// Label, help and example of an option.
import { useTranslate } from 'ra-core';
import type { OptionField } from '../logic/options.ts';

/** Label, help and example of an option in the user's language; the schema's own words where there are none. */
export function useOptionTexts({ name, schema }: OptionField): {
  label: string;
  description: string | undefined;
  placeholder: string | undefined;
} {
  const t = useTranslate();
  const own = (part: string): string | undefined =>
    t(`model.option.${name}.${part}`, { _: '' }) || t(`model.document.option.${name}.${part}`, { _: '' }) || undefined;
  return {
    label: own('label') ?? name,
    description: own('help') ?? (typeof schema.description === 'string' ? schema.description : undefined),
    placeholder: own('example'),
  };
}
