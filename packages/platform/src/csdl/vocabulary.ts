// CSDL JSON (OASIS "OData Common Schema Definition Language JSON Representation Version 4.01") as data, and the vocabularies
// that annotations come from. Nothing here knows entities.

export type Csdl = { readonly [name: string]: CsdlValue };
export type CsdlValue = string | number | boolean | null | Csdl | readonly CsdlValue[];

interface Vocabulary {
  readonly namespace: string;
  readonly url: string;
}

const OASIS = 'https://oasis-tcs.github.io/odata-vocabularies/vocabularies/';
const oasis = (namespace: string): Vocabulary => ({ namespace, url: `${OASIS}${namespace}` });

/** By the alias under which annotations name them. */
export const VOCABULARIES: Readonly<Record<string, Vocabulary>> = {
  Core: oasis('Org.OData.Core.V1'),
  Capabilities: oasis('Org.OData.Capabilities.V1'),
  Measures: oasis('Org.OData.Measures.V1'),
  Aggregation: oasis('Org.OData.Aggregation.V1'),
  Validation: oasis('Org.OData.Validation.V1'),
  Repeatability: oasis('Org.OData.Repeatability.V1'),
};

/** `$Reference`: the vocabularies, each under its alias. */
export function references(): Csdl {
  return Object.fromEntries(
    Object.entries(VOCABULARIES).map(([alias, { namespace, url }]) => [
      `${url}.json`,
      { $Include: [{ $Namespace: namespace, $Alias: alias }] },
    ]),
  );
}
