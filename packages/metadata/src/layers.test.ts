// Layers over each other: base, packages in the order of their dependencies, customisations; whose names may begin how, and who says what.
import { expect, test } from 'vitest';
import type { DocumentKind, SourceDocument } from './documents.ts';
import { dependencyOrder, LayerOrder, type PackageLayer, packageLayer } from './layer-order.ts';
import { compileDocuments } from './link.ts';
import { parseDocuments } from './parse.ts';
import { choice, DIRECTORY, entity, entityBody, ORGANIZATION, source } from './sample-documents.ts';

const label = (text: string) => ({ en: text });
const pack = (name: string, dependencies: readonly string[] = [], prefix = `${name}_`): PackageLayer => ({
  name,
  prefix,
  dependencies: Object.fromEntries(dependencies.map((each) => [each, '*'])),
});

const of = (name: string, kind: DocumentKind, document: string, body: unknown): SourceDocument =>
  source(kind, document, body, packageLayer(name));
const custom = (kind: DocumentKind, document: string, body: unknown): SourceDocument =>
  source(kind, document, body, 'custom');

const BASE = [
  ORGANIZATION,
  ...DIRECTORY,
  entity('deal', { size: { type: 'text', max_length: 10 } }),
  choice('kind', ['a']),
];

const findings = (packages: readonly PackageLayer[], ...documents: readonly SourceDocument[]): string[] => {
  const linked = compileDocuments([...BASE, ...documents], { revision: 1, packages });
  return linked.ok ? [] : linked.errors.map(({ source: at, pointer, code }) => `${at}#${pointer} ${code}`);
};

const deal = (packages: readonly PackageLayer[], ...documents: readonly SourceDocument[]) => {
  const { documents: effective, errors } = parseDocuments([...BASE, ...documents], { packages });
  expect(errors).toEqual([]);
  return effective.entities.get('deal');
};

const size = (members: Record<string, unknown>) => ({ extends: 'deal', fields: { size: members } });

test('packages come in the order of their dependencies, and by name where that leaves it open', () => {
  expect(dependencyOrder([pack('b', ['c']), pack('c'), pack('a'), pack('d', ['b', 'missing'])])).toEqual([
    'a',
    'c',
    'b',
    'd',
  ]);
  expect(dependencyOrder([pack('b', ['a']), pack('a', ['b'])])).toEqual(['a', 'b']);
});

test('a customisation goes over packages and a package over the base, whatever order they are handed in', () => {
  const documents = [
    custom('entity', 'deal', size({ label: label('Ours') })),
    of('upper', 'entity', 'deal', size({ label: label('Upper'), max_length: 30 })),
    of('lower', 'entity', 'deal', size({ label: label('Lower'), max_length: 20 })),
  ];
  const packages = [pack('upper', ['lower']), pack('lower')];
  expect(deal(packages, ...documents)?.fields.size).toMatchObject({ label: label('Ours'), max_length: 30 });
  expect(deal(packages, ...documents.toReversed())?.fields.size).toMatchObject({
    label: label('Ours'),
    max_length: 30,
  });
});

test('every part knows the layer that says it', () => {
  const documents = [
    of('acme', 'entity', 'deal', {
      extends: 'deal',
      fields: { acme_rank: { type: 'integer' }, size: { max_length: 20 } },
    }),
    custom('entity', 'deal', { extends: 'deal', fields: { acme_rank: { label: label('Rank') } } }),
    of('acme', 'entity', 'acme_visit', entityBody('acme_visit', {})),
  ];
  const { documents: effective } = parseDocuments([...BASE, ...documents], { packages: [pack('acme')] });
  expect(effective.originsOf('entity', 'deal')).toEqual({
    '': 'base',
    '/fields/size/max_length': 'package:acme',
    '/fields/acme_rank': 'package:acme',
    '/fields/acme_rank/label': 'custom',
  });
  expect(effective.originsOf('entity', 'acme_visit')).toEqual({ '': 'package:acme' });
  expect(effective.layerOf('entity', 'deal', '/fields/acme_rank/label/en')).toBe('custom');
  expect(effective.originsOf('entity', 'missing')).toEqual({});
});

test('a package gives names with the prefix of its publisher only', () => {
  const acme = pack('acme');
  const documents = [
    of('acme', 'entity', 'visit', entityBody('visit', {})),
    of('acme', 'entity', 'x_visit', entityBody('x_visit', {})),
    of('acme', 'choice', 'kind', {
      extends: 'kind',
      values: { b: { label: label('B'), order: 2 }, acme_c: { label: label('C'), order: 3 } },
    }),
    of('acme', 'entity', 'deal', {
      extends: 'deal',
      fields: { acme_rank: { type: 'integer' }, x_rank: { type: 'integer' } },
    }),
    custom('entity', 'deal', { extends: 'deal', fields: { acme_mine: { type: 'integer' } } }),
  ];
  expect(findings([acme], ...documents)).toEqual([
    'package:acme/visit.json#/name name_prefix',
    'package:acme/visit.json#/set name_prefix',
    'package:acme/x_visit.json#/name name_prefix',
    'package:acme/x_visit.json#/set name_prefix',
    'package:acme/kind.json#/values/b name_prefix',
    'package:acme/deal.json#/fields/x_rank name_prefix',
    'custom/deal.json#/fields/acme_mine name_prefix',
  ]);
});

test('an organization may name prefixes for its customisations, to make packages of them', () => {
  const organization = { ...ORGANIZATION, body: { ...(ORGANIZATION.body as object), prefixes: ['acme_'] } };
  const visit = custom('entity', 'acme_visit', entityBody('acme_visit', {}));
  const parse = (...documents: SourceDocument[]) => parseDocuments([...DIRECTORY, ...documents]).errors;
  expect(parse(organization, visit)).toEqual([]);
  expect(parse(ORGANIZATION, visit).map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
    '/name name_prefix',
    '/set name_prefix',
  ]);
  expect(
    parse(
      ORGANIZATION,
      custom('organization', 'organization', { extends: 'organization', prefixes: ['acme_'] }),
      visit,
    ),
  ).toEqual([]);
  expect(
    parse({ ...organization, body: { ...organization.body, prefixes: ['acme'] } }).map(({ pointer }) => pointer),
  ).toEqual(['/prefixes/0']);
});

test('a package builds on those that it depends on, on no other and on no customisation', () => {
  const course = of('lower', 'entity', 'lower_course', entityBody('lower_course', {}));
  const more = of('upper', 'entity', 'lower_course', {
    extends: 'lower_course',
    fields: { upper_rank: { type: 'integer' } },
  });
  const packages = (dependencies: string[]) => [pack('lower'), pack('upper', dependencies), pack('middle', ['lower'])];
  expect(findings(packages(['lower']), course, more)).toEqual([]);
  expect(findings(packages(['middle']), course, more)).toEqual([]);
  expect(findings(packages([]), course, more)).toEqual([
    'package:upper/lower_course.json#/extends undeclared_dependency',
  ]);
  const ours = custom('entity', 'x_visit', entityBody('x_visit', {}));
  const theirs = of('lower', 'entity', 'x_visit', { extends: 'x_visit', fields: { lower_rank: { type: 'integer' } } });
  expect(findings([pack('lower')], ours, theirs)).toEqual([
    'package:lower/x_visit.json#/extends undeclared_dependency',
  ]);
});

test('two packages that say different things of one member are told of, unless one knows the other or a customisation decides', () => {
  const documents = [
    of('one', 'entity', 'deal', size({ max_length: 20, label: label('Size') })),
    of('two', 'entity', 'deal', size({ max_length: 30, label: label('Size') })),
  ];
  const strangers = [pack('one'), pack('two')];
  expect(findings(strangers, ...documents)).toEqual(['package:two/deal.json#/fields/size/max_length package_conflict']);
  expect(deal([pack('one'), pack('two', ['one'])], ...documents)?.fields.size?.max_length).toBe(30);
  expect(deal([pack('one', ['two']), pack('two')], ...documents)?.fields.size?.max_length).toBe(20);
  const decided = custom('entity', 'deal', size({ max_length: 25 }));
  expect(deal(strangers, ...documents, decided)?.fields.size?.max_length).toBe(25);
});

test('two packages of different publishers add to one entity without meeting', () => {
  const add = (name: string) =>
    of(name, 'entity', 'deal', { extends: 'deal', fields: { [`${name}_rank`]: { type: 'integer' } } });
  expect(Object.keys(deal([pack('one'), pack('two')], add('one'), add('two'))?.fields ?? {})).toEqual([
    ...['name', 'size', 'one_rank', 'two_rank'],
  ]);
});

test('documents of a package that is not installed, and settings of an organization in one, are refused', () => {
  const settings = of('acme', 'organization', 'organization', { extends: 'organization', locale: 'ru' });
  expect(findings([], of('acme', 'choice', 'kind', { extends: 'kind', values: {} }))).toEqual([
    'package:acme/kind.json# unknown_package',
  ]);
  expect(findings([pack('acme')], settings)).toEqual(['package:acme/organization.json# not_in_package']);
});

test('the default view of an upper package takes the place of one below', () => {
  const view = (name: string, layer: SourceDocument['layer']) =>
    source(
      'view',
      name,
      { name, entity: 'deal', label: label(name), default: true, columns: { name: { order: 1 } } },
      layer,
    );
  const views = [view('all', 'base'), view('one_all', 'package:one'), view('two_all', 'package:two')];
  const linked = compileDocuments([...BASE, ...views], { revision: 1, packages: [pack('one', ['two']), pack('two')] });
  if (!linked.ok) throw new Error(JSON.stringify(linked.errors));
  expect([...linked.model.views.values()].filter((each) => each.default).map(({ name }) => name)).toEqual(['one_all']);
});

test('what a layer may build on ends where packages depend on each other in a circle', () => {
  const order = new LayerOrder([pack('a', ['b']), pack('b', ['a'])], ['x_']);
  expect(order.buildsOn('package:a', 'package:c')).toBe(false);
  expect(order.buildsOn('custom', 'package:a')).toBe(true);
  expect(order.buildsOn('base', 'package:a')).toBe(false);
});
