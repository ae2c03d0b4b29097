// CSDL JSON -> CSDL XML (OASIS "OData CSDL XML Representation Version 4.01"). It translates what document.ts makes of it, and
// throws for anything else, so that nothing can be missing from one of the two.
import type { Steps } from '@kartoteka/metadata';
import { NAMESPACE } from '../namespace.ts';
import { type Csdl, type CsdlValue, VOCABULARIES } from './vocabulary.ts';

/** The CSDL document as XML, with declaration, element by element. */
export function* csdlXmlSteps(document: Csdl): Steps<string> {
  const schema = document[NAMESPACE] as Csdl;
  const includes = Object.values(VOCABULARIES).map(
    ({ namespace, url }, index) =>
      `<edmx:Reference Uri="${escaped(`${url}.xml`)}"><edmx:Include Namespace="${namespace}" Alias="${aliases[index]}"/></edmx:Reference>`,
  );
  const elements: string[] = [];
  for (const [name, element] of membersOf(schema)) {
    if (isList(element)) {
      elements.push(...(element as readonly CsdlValue[]).map((each) => operationElement(name, each as Csdl)));
    } else if ((element as Csdl).$Kind === 'EntityContainer') elements.push(yield* container(name, element as Csdl));
    else elements.push(schemaElement(name, element as Csdl));
    yield;
  }
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="${document.$Version}">\n` +
    `${includes.join('\n')}\n<edmx:DataServices>\n` +
    `<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="${NAMESPACE}">\n` +
    `${[...elements, ...annotations(schema)].join('\n')}\n</Schema>\n</edmx:DataServices>\n</edmx:Edmx>\n`
  );
}

const aliases = Object.keys(VOCABULARIES);

function schemaElement(name: string, element: Csdl): string {
  if (element.$Kind === 'ComplexType') return complexType(name, element);
  const keys = (element.$Key as readonly string[]).map((key) => `<PropertyRef Name="${key}"/>`);
  const members = membersOf(element).map(([member, value]) =>
    value.$Kind === 'NavigationProperty' ? navigation(member, value) : property(member, value),
  );
  const inside = [`<Key>${keys.join('')}</Key>`, ...members, ...annotations(element)];
  return `<EntityType Name="${name}">\n${inside.join('\n')}\n</EntityType>`;
}

function complexType(name: string, value: Csdl): string {
  const members = membersOf(value).map(([member, described]) => property(member, described));
  const open = value.$OpenType === true ? ' OpenType="true"' : '';
  return element(`ComplexType Name="${name}"${open}`, [...members, ...annotations(value)]);
}

/** One overload of an action or a function. */
function operationElement(name: string, value: Csdl): string {
  const parameters = ((value.$Parameter ?? []) as readonly Csdl[]).map((parameter) => {
    return element(
      `Parameter Name="${parameter.$Name}" Type="${typeOf(parameter)}"${nullableOf(parameter)}${facetsOf(parameter)}`,
      annotations(parameter),
    );
  });
  const returned = value.$ReturnType as Csdl | undefined;
  const returns = returned === undefined ? [] : [`<ReturnType Type="${typeOf(returned)}"${nullableOf(returned)}/>`];
  const bound = value.$IsBound === true ? ' IsBound="true"' : '';
  const path = value.$EntitySetPath === undefined ? '' : ` EntitySetPath="${value.$EntitySetPath}"`;
  return element(`${value.$Kind} Name="${name}"${bound}${path}`, [...parameters, ...returns, ...annotations(value)]);
}

/** What is named in an element: neither its facets nor its annotations. */
function membersOf(element: Csdl): [string, Csdl][] {
  return Object.entries(element).filter((entry): entry is [string, Csdl] => /^[^$@]/.test(entry[0]));
}

const FACETS = {
  $MaxLength: 'MaxLength',
  $Precision: 'Precision',
  $Scale: 'Scale',
  $DefaultValue: 'DefaultValue',
} as const;

function property(name: string, value: Csdl): string {
  return element(
    `Property Name="${name}" Type="${typeOf(value)}"${nullableOf(value)}${facetsOf(value)}`,
    annotations(value),
  );
}

/** Null is the exception in JSON, and the rule in XML. */
const nullableOf = (value: Csdl): string => (value.$Nullable === true ? '' : ' Nullable="false"');

function facetsOf(value: Csdl): string {
  return Object.entries(FACETS)
    .flatMap(([facet, attribute]) =>
      value[facet] === undefined ? [] : [` ${attribute}="${escaped(String(value[facet]))}"`],
    )
    .join('');
}

function typeOf(value: Csdl): string {
  const type = value.$Type ?? 'Edm.String';
  return value.$Collection === true ? `Collection(${type})` : String(type);
}

function navigation(name: string, value: Csdl): string {
  const partner = value.$Partner === undefined ? '' : ` Partner="${value.$Partner}"`;
  const nullable = value.$Collection === true ? '' : ` Nullable="${value.$Nullable === true}"`;
  const constraints = Object.entries((value.$ReferentialConstraint as Csdl | undefined) ?? {}).map(
    ([own, other]) => `<ReferentialConstraint Property="${own}" ReferencedProperty="${other}"/>`,
  );
  const onDelete = value.$OnDelete === undefined ? [] : [`<OnDelete Action="${value.$OnDelete}"/>`];
  const inside = [...constraints, ...onDelete, ...annotations(value)];
  return element(`NavigationProperty Name="${name}" Type="${typeOf(value)}"${nullable}${partner}`, inside);
}

function* container(name: string, value: Csdl): Steps<string> {
  const sets: string[] = [];
  for (const [set, member] of membersOf(value)) {
    sets.push(containerMember(set, member));
    yield;
  }
  return `<EntityContainer Name="${name}">\n${[...sets, ...annotations(value)].join('\n')}\n</EntityContainer>`;
}

function containerMember(set: string, member: Csdl): string {
  if (member.$Action !== undefined) return `<ActionImport Name="${set}" Action="${member.$Action}"/>`;
  if (member.$Function !== undefined) return `<FunctionImport Name="${set}" Function="${member.$Function}"/>`;
  const bindings = Object.entries(member.$NavigationPropertyBinding as Csdl).map(
    ([path, target]) => `<NavigationPropertyBinding Path="${path}" Target="${target}"/>`,
  );
  return element(`EntitySet Name="${set}" EntityType="${member.$Type}"`, [...bindings, ...annotations(member)]);
}

/** Of a part of an alternate key: the path of its property. */
const ALTERNATE_NAME = 'Name';

/** Terms and members whose texts are paths of properties: in JSON they look like any text. */
const PATHS = new Set([
  ...['@Core.OptimisticConcurrency', 'NonFilterableProperties', 'NonSortableProperties', 'FilterableProperties'],
  ...['GroupableProperties', 'AggregatableProperties'],
]);

/** Members whose texts are members of an enumeration type. */
const ENUMERATIONS: Readonly<Record<string, string>> = {
  Rollup: 'Aggregation.RollupType',
  '@Core.Permissions': 'Core.Permission',
};

function annotations(value: Csdl): string[] {
  return Object.entries(value)
    .filter(([name]) => name.startsWith('@'))
    .map(([name, content]) => valued(`Annotation Term="${name.slice(1)}"`, name, content));
}

/** An element with a value: simple ones are attributes, others are inside. */
function valued(opening: string, name: string, content: CsdlValue): string {
  if (typeof content === 'string' && name === ALTERNATE_NAME) return `<${opening} PropertyPath="${escaped(content)}"/>`;
  if (typeof content === 'string' && ENUMERATIONS[name] !== undefined)
    return `<${opening} EnumMember="${ENUMERATIONS[name]}/${content}"/>`;
  if (typeof content === 'string') return `<${opening} String="${escaped(content)}"/>`;
  if (typeof content === 'boolean') return `<${opening} Bool="${content}"/>`;
  if (typeof content === 'number') return `<${opening} ${Number.isInteger(content) ? 'Int' : 'Decimal'}="${content}"/>`;
  if (isList(content)) {
    const items = content.map((item) => itemOf(name, item));
    return element(opening, [element('Collection', items)]);
  }
  if (content === null) throw new Error(`${name} has no value`);
  if (typeof content.$Path === 'string') return `<${opening} Path="${escaped(content.$Path)}"/>`;
  return element(opening, [record(content)]);
}

function itemOf(name: string, item: CsdlValue): string {
  if (typeof item === 'string')
    return PATHS.has(name) ? `<PropertyPath>${item}</PropertyPath>` : `<String>${escaped(item)}</String>`;
  if (typeof item === 'object' && item !== null && !isList(item)) return record(item);
  throw new Error(`${name} has members that have no XML`);
}

function record(content: Csdl): string {
  const values = membersOf(content).map(([name, value]) => valued(`PropertyValue Property="${name}"`, name, value));
  return element('Record', [...values, ...annotations(content)]);
}

function isList(value: CsdlValue): value is readonly CsdlValue[] {
  return Array.isArray(value);
}

function element(opening: string, inside: readonly string[]): string {
  const name = opening.split(' ', 1)[0];
  return inside.length === 0 ? `<${opening}/>` : `<${opening}>${inside.join('')}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;',
};

/** Characters that XML 1.0 does not have: controls but tab, line feed and carriage return, and two that are none. */
const NOT_XML = /(?![\t\n\r])[\p{Cc}\u{FFFE}\u{FFFF}]/gu;

/** Text in an attribute. What XML 1.0 cannot hold is left out: labels are texts for people. */
function escaped(text: string): string {
  return text.replaceAll(NOT_XML, '').replaceAll(/[&<>"\n\t\r]/g, (char) => ESCAPES[char] ?? char);
}
