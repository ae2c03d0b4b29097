// The published Model as expressions and field types read it, from what the application is told of it and the organization's document. Pure.
import type { ClientModel, FieldDocument, OrganizationSettings } from '@kartoteka/metadata';
import type { Json } from '../logic/paths.ts';
import type { ChoiceValueDocuments, EditedEntity, EditedModel } from '../logic/scope.ts';

const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);

/** What field types look at of the settings; what they do not (retention) is left at nothing. */
function organizationOf(body: Json | undefined, languages: readonly string[]): OrganizationSettings {
  const baseCurrency = text(body?.base_currency, 'XXX');
  const rates = Object.entries((body?.rates ?? {}) as Readonly<Record<string, string>>);
  return {
    baseCurrency,
    rates: new Map([[baseCurrency, '1'], ...rates]),
    timeZone: text(body?.time_zone, 'UTC'),
    locale: text(body?.locale, 'en'),
    languages,
    fiscalYearStart: text(body?.fiscal_year_start, '01-01'),
    retention: { changesDays: 0, recycleBinDays: 0, securityLogDays: 0, notificationsDays: 0 },
  };
}

/** `organization`: the document in effect; undefined while it is read. */
export function publishedModel(client: ClientModel, organization: Json | undefined): EditedModel {
  const entities = Object.values(client.entities).map(({ name, ownership, fields }): [string, EditedEntity] => {
    const documents = Object.values(fields).map(({ name: field, type, options, required, secured }) => [
      field,
      { ...options, type, required, secured: secured !== undefined } as FieldDocument,
    ]);
    return [name, { name, ownership: ownership as EditedEntity['ownership'], fields: Object.fromEntries(documents) }];
  });
  const choices = Object.entries(client.choices).map(([name, { values }]): [string, ChoiceValueDocuments] => [
    name,
    Object.fromEntries(
      Object.entries(values).map(([value, each], at) => [value, { ...each, order: each.order ?? at }]),
    ),
  ]);
  return {
    organization: organizationOf(organization, client.languages),
    entities: new Map(entities),
    choices: new Map(choices),
  };
}
