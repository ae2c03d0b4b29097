// What a column or filter is called: over a lookup with the lookup's name before it.
import { useTranslate } from 'ra-core';
import { useText } from '../../data/model.tsx';
import type { Place } from './resolve.ts';

/** `Company` for the title of a lookup's record, `Company · City` for anything else of it. */
export function useColumnLabel(): (place: Place) => string {
  const text = useText();
  const translate = useTranslate();
  return (place) => {
    const { steps, entity, field, property, labels } = place;
    const names = labels.map((label) => text(label));
    const isTitle = steps.length > 0 && property === entity.display_property;
    const words = isTitle ? names.slice(0, -1) : names;
    return [...words, ...partOf(field, property, translate)].join(' · ');
  };
}

/** Of a field with several properties, which one. */
function partOf(
  field: Place['field'],
  property: string,
  translate: (key: string, options?: object) => string,
): readonly string[] {
  const part = property.slice(field.name.length + 1);
  const isPart = field.control.widget === 'address' || (part !== '' && property !== field.properties[0]);
  return isPart && property.startsWith(`${field.name}_`) && part !== 'id'
    ? [translate(`list.part.${part}`, { _: part })]
    : [];
}
