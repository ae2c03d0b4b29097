// What a refused write says, put where people can mend it: at the properties of the form that it names; the rest above the form.
import type { CrmError, ErrorDetail } from '@kartoteka/sdk';

export interface PlacedErrors {
  /** By property. */
  readonly fields: ReadonlyMap<string, ErrorDetail>;
  readonly others: readonly ErrorDetail[];
}

/** The findings of an error. Of a property the first counts. */
export function placedErrors(error: CrmError, properties: ReadonlySet<string>): PlacedErrors {
  const fields = new Map<string, ErrorDetail>();
  const others: ErrorDetail[] = [];
  const own: ErrorDetail = {
    code: error.code,
    message: error.message,
    ...(error.target === undefined ? {} : { target: error.target }),
  };
  const found = error.details.filter(({ code }) => code !== 'explain_access');
  for (const detail of found.length === 0 ? [own] : found) {
    const property = propertyOf(detail.target, properties);
    if (property === undefined) others.push(detail);
    else if (!fields.has(property)) fields.set(property, detail);
  }
  return { fields, others };
}

/** A target names a property, or a place within its value (`settings/a`), or a lookup by its navigation. */
function propertyOf(target: string | undefined, properties: ReadonlySet<string>): string | undefined {
  const first = target?.split('/')[0]?.replace(/@.*$/, '');
  if (first === undefined) return undefined;
  return [first, `${first}_id`].find((name) => properties.has(name));
}
