// The ways in which a request may name a secured property: every query option, from the entity itself and from others that lead to it.
// Each is asked with a value that a record has and with one that none has. Ways come from the Model.
import type { EntityType, Model, Navigation, Property } from '@kartoteka/metadata';
import type { Secured } from './secured-documents.ts';

/** A request that names a secured property, for a literal of it. */
export interface Naming {
  readonly option: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A value of a property as `$filter` and as a payload take it. */
export interface Guess {
  readonly literal: string;
  readonly value: unknown;
}

const SOMEBODY = '01900000-0000-7000-8000-00000000dead';

/** Everything that can be asked of the property with the guess; `id` is a record's. */
export function namings(model: Model, { entity, property }: Secured, id: string, guess: Guess): readonly Naming[] {
  const { set } = entity;
  const get = (option: string, path: string, headers = {}): Naming => ({ option, method: 'GET', path, headers });
  const conditions = conditionsOf(property, guess, property.name);
  const csv = { accept: 'text/csv' };
  const track = { prefer: 'odata.track-changes' };
  return [
    get('select', `/${set}?$select=${property.name}`),
    get('select of a record', `/${set}(${id})?$select=id,${property.name}`),
    get('select in the recycle bin', `/${set}/deleted?$select=${property.name}`),
    ...conditions.flatMap((condition) => [
      get('filter', `/${set}?$filter=${condition}`),
      get('filter beside what is true', `/${set}?$filter=version ge 1 or ${condition}`),
      get('filter negated', `/${set}?$filter=not (${condition})`),
      get('order by whether', `/${set}?$orderby=${condition}`),
      get('count', `/${set}/$count?$filter=${condition}`),
      get('filter in the recycle bin', `/${set}/deleted?$filter=${condition}`),
      get('count in the recycle bin', `/${set}/deleted/$count?$filter=${condition}`),
      get('CSV with a filter', `/${set}?$filter=${condition}`, csv),
    ]),
    ...conditions.map((condition) => get('$apply of a filter', `/${set}?$apply=filter(${condition})`)),
    ...aggregationsOf(property, guess).flatMap(([option, apply]) => [
      get(`$apply of ${option}`, `/${set}?$apply=${apply}`),
      get(`$apply of ${option} in the recycle bin`, `/${set}/deleted?$apply=${apply}`),
      get(`count of $apply of ${option}`, `/${set}/$count?$apply=${apply}`),
    ]),
    ...computesOf(property).flatMap((compute) => [
      get('$compute', `/${set}?$compute=${compute}`),
      get('$compute that is not shown', `/${set}?$compute=${compute}&$select=version`),
      get('$compute of a record', `/${set}(${id})?$compute=${compute}`),
      get('$compute with a filter', `/${set}?$compute=${compute}&$filter=x ne null&$select=version`),
      get('$compute with an order', `/${set}?$compute=${compute}&$orderby=x&$select=version`),
      get('$compute in the recycle bin', `/${set}/deleted?$compute=${compute}`),
      get('count with $compute', `/${set}/$count?$compute=${compute}&$filter=x ne null`),
      get('CSV with $compute', `/${set}?$compute=${compute}`, csv),
      get('$apply and $compute', `/${set}?$apply=filter(version ge 1)&$compute=${compute}`),
    ]),
    get('filter of $it', `/${set}?$filter=$it/${conditions[0]}`),
    get('filter by an alias', `/${set}?$filter=@c&@c=${conditions[0]}`),
    get('CSV of it', `/${set}?$select=${property.name}`, csv),
    get('select of a list that is followed', `/${set}?$select=${property.name}`, track),
    // What is computed from other records is refused in lists that are followed, whoever asks.
    ...(property.computed === undefined ? conditions : []).map((condition) =>
      get('filter of a list that is followed', `/${set}?$filter=${condition}`, track),
    ),
    ...(property.sortable === false
      ? []
      : [
          get('order', `/${set}?$orderby=${property.name}`),
          get('order after another', `/${set}?$orderby=version,${property.name} desc`),
        ]),
    ...fromElsewhere(model, entity).flatMap((way) => wayed(way, property, guess, get)),
  ];
}

/** Conditions on the property, under the name by which a path calls it. */
function conditionsOf({ type, operators, sortable }: Property, { literal }: Guess, path: string): readonly string[] {
  if (type === 'Collection(Edm.String)')
    return [
      `${path}/any(k:k eq ${literal})`,
      `${path}/all(k:k ne ${literal})`,
      `${literal} in ${path}`,
      `${path} has ${literal}`,
      `${path}/$count gt 0`,
    ];
  if (type === 'Edm.Untyped') return [`${path} ne null`];
  return [
    `${path} eq ${literal}`,
    `${path} ne null`,
    `${path} in (${literal})`,
    ...(operators.has('gt') && sortable !== false ? [`${path} ge ${literal}`] : []),
    ...(operators.has('contains') ? [`contains(${path},${literal})`] : []),
    ...(operators.has('mod') ? [`${path} add 1 gt ${literal}`, `round(${path}) ge ${literal}`] : []),
    ...(operators.has('year') ? [`year(${path}) gt 1`, `${path} sub duration'PT1S' lt ${literal}`] : []),
    ...(operators.has('totalseconds') ? [`totalseconds(${path}) gt 1`, `- ${path} lt ${literal}`] : []),
    `case(${path} eq ${literal}:true)`,
  ];
}

/** Computed properties that name it, of values that can be ordered by. */
function computesOf({ name, sortable, operators, type }: Property): readonly string[] {
  if (!operators.has('in') || sortable === false || type.startsWith('Collection(')) return [];
  return [`${name} as x`, `version as y,${name} as x`];
}

const NUMBERS: ReadonlySet<string> = new Set(['Edm.Int64', 'Edm.Decimal']);

/** Transformations that name the property, as far as it has what they need. */
function aggregationsOf(property: Property, guess: Guess): readonly (readonly [string, string])[] {
  const { name, operators, sortable, maxLength = 0, type } = property;
  const groups = operators.has('in') && sortable !== false && maxLength <= 1000 && !type.startsWith('Collection(');
  const [condition = ''] = conditionsOf(property, guess, name);
  const all: readonly (readonly [string, string, boolean])[] = [
    ['groupby', `groupby((${name}))`, groups],
    ['groupby among others', `groupby((version,${name}),aggregate($count as n))`, groups],
    ['aggregate', `aggregate(${name} with countdistinct as x)`, operators.has('in') && sortable !== false],
    ['aggregate with max', `aggregate(${name} with max as x)`, operators.has('gt') && sortable !== false],
    ['aggregate with sum', `groupby((version),aggregate(${name} with sum as x))`, NUMBERS.has(type)],
    ['filter', `filter(${condition})/aggregate($count as n)`, true],
    ['filter within groupby', `groupby((version),filter(${condition})/aggregate($count as n))`, true],
    ['compute', `compute(${name} as x)/groupby((x))`, groups],
    ['compute that nothing uses', `compute(${name} as x)/aggregate($count as n)`, groups],
  ];
  return all.flatMap(([option, apply, applies]) => (applies ? [[option, apply] as const] : []));
}

interface Way {
  readonly from: EntityType;
  readonly navigation: Navigation;
}

/** Navigations that lead to the entity over nothing secured. */
function fromElsewhere(model: Model, entity: EntityType): readonly Way[] {
  return [...model.entities.values()].flatMap((from) =>
    [...from.navigations.values()]
      .filter((navigation) => navigation.target === entity.name && navigation.through === undefined)
      .filter((navigation) => {
        const holder = navigation.collection ? entity : from;
        return holder.properties.get(navigation.property)?.secured === false;
      })
      .map((navigation) => ({ from, navigation })),
  );
}

function wayed(
  { from, navigation }: Way,
  property: Property,
  guess: Guess,
  get: (option: string, path: string) => Naming,
): readonly Naming[] {
  const { name } = property;
  const where = `of ${from.name}.${navigation.name}`;
  const expand = (inner: string): string => `/${from.set}?$expand=${navigation.name}(${inner})`;
  const selected = get(`select in an expand ${where}`, expand(`$select=${name}`));
  const computed = computesOf({ ...property, name: `${navigation.name}/${name}` });
  if (!navigation.collection) {
    const conditions = conditionsOf(property, guess, `${navigation.name}/${name}`);
    // Members of arrays over paths are refused for everybody.
    const followed = property.type === 'Collection(Edm.String)' ? [] : conditions;
    return [
      selected,
      ...followed.map((condition) => get(`filter by a path ${where}`, `/${from.set}?$filter=${condition}`)),
      ...computed.map((compute) => get(`$compute of a path ${where}`, `/${from.set}?$compute=${compute}`)),
      ...followed.map((condition) =>
        get(`$apply of a path ${where}`, `/${from.set}?$apply=filter(${condition})/aggregate($count as n)`),
      ),
      ...(property.sortable === false
        ? []
        : [get(`order by a path ${where}`, `/${from.set}?$orderby=${navigation.name}/${name}`)]),
    ];
  }
  const [condition = ''] = conditionsOf(property, guess, name);
  const asked = conditionsOf(property, guess, `x/${name}`);
  const first = asked[0] ?? '';
  const related = `/${from.set}(${SOMEBODY})/${navigation.name}`;
  const named = computesOf(property).flatMap((compute) => [
    get(`$compute in an expand ${where}`, expand(`$compute=${compute};$select=version`)),
    get(
      `$compute of a count in an expand ${where}`,
      `/${from.set}?$expand=${navigation.name}/$count($compute=${compute})`,
    ),
  ]);
  return [
    selected,
    ...named,
    ...asked.map((each) => get(`any ${where}`, `/${from.set}?$filter=${navigation.name}/any(x:${each})`)),
    get(`all ${where}`, `/${from.set}?$filter=not ${navigation.name}/all(x:${first})`),
    get(`any, counted ${where}`, `/${from.set}/$count?$filter=${navigation.name}/any(x:${first})`),
    get(`$count with a filter ${where}`, `/${from.set}?$filter=${navigation.name}/$count($filter=${condition}) gt 0`),
    get(`order by a $count ${where}`, `/${from.set}?$orderby=${navigation.name}/$count($filter=${condition})`),
    get(`filter in an expand ${where}`, expand(`$filter=${condition}`)),
    get(`count in an expand ${where}`, expand(`$count=true;$filter=${condition}`)),
    ...expanded({ from, navigation }, property, condition, get),
    get(`filter of a collection ${where}`, `${related}?$filter=${condition}`),
    get(`count of a collection ${where}`, `${related}/$count?$filter=${condition}`),
  ];
}

/** What stands in an $expand besides $filter and $select: its other forms, levels, orders. */
function expanded(
  { from, navigation }: Way,
  { name, sortable }: Property,
  condition: string,
  get: (option: string, path: string) => Naming,
): readonly Naming[] {
  const where = `of ${from.name}.${navigation.name}`;
  const asked = (path: string): string => `/${from.set}?$expand=${navigation.name}${path}`;
  const levels = [
    get(`filter at each level ${where}`, asked(`($levels=2;$top=3;$filter=${condition})`)),
    get(`filter to the last level ${where}`, asked(`($levels=max;$filter=${condition})`)),
    get(`select at each level ${where}`, asked(`($levels=2;$top=3;$select=${name})`)),
  ];
  const orders = [
    get(`order in an expand ${where}`, asked(`($orderby=${name})`)),
    get(`order of references ${where}`, asked(`/$ref($orderby=${name})`)),
  ];
  return [
    get(`number in an expand ${where}`, asked(`/$count($filter=${condition})`)),
    get(`references in an expand ${where}`, asked(`/$ref($filter=${condition})`)),
    get(`filter beside an expand of everything ${where}`, asked(`($filter=${condition}),*`)),
    ...(navigation.target === from.name ? levels : []),
    ...(sortable === false ? [] : orders),
  ];
}

/** Writes that name it, for whatever value, also where nobody may write it. */
export function writings({ entity, property }: Secured, id: string, value: unknown): readonly Naming[] {
  const { set } = entity;
  const write = (option: string, method: 'POST' | 'PATCH' | 'PUT', path: string, body: unknown): Naming => ({
    option,
    method,
    path,
    body,
  });
  const given = { [property.name]: value };
  return [
    write('create', 'POST', `/${set}`, { name: 'x', ...given }),
    write('update', 'PATCH', `/${set}(${id})`, given),
    write('update of what is not there', 'PATCH', `/${set}(${SOMEBODY})`, given),
    write('update of it alone', 'PUT', `/${set}(${id})/${property.name}`, { value }),
  ];
}

/** A record named by a value of the property instead of its id. */
export function byKey({ entity, property }: Secured, { literal }: Guess): Naming {
  const path = `/${entity.set}(${property.name}=${encodeURIComponent(literal)})`;
  return { option: 'an alternate key in the path', method: 'GET', path };
}
