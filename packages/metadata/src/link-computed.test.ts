import { describe, expect, test } from 'vitest';
import { printExpression } from './expression/print.ts';
import type { EntityType, Property } from './model.ts';
import { entity, errorsOf, findings, modelOf } from './sample-documents.ts';

const formula = (expression: string, result = 'decimal', more: object = {}) => ({
  type: 'formula',
  result,
  expression,
  ...more,
});
const rollup = (aggregate: string, more: object = {}) => ({ type: 'rollup', relation: 'parts', aggregate, ...more });

const NUMBERS = { a: { type: 'integer' }, b: { type: 'decimal' } };
const WHOLE = { whole: { type: 'lookup', targets: ['thing'], inverse: 'parts' } };
const part = (fields: Record<string, object> = {}) =>
  entity('part', { ...WHOLE, size: { type: 'integer' }, price: { type: 'money' }, ...fields });

function thing(fields: Record<string, object>, more: Record<string, unknown> = {}): EntityType {
  const documents = [entity('thing', { ...NUMBERS, ...fields }, more), part()];
  return modelOf(documents).entities.get('thing') as EntityType;
}

/** Findings about a thing with these fields, with the words. */
function wrong(fields: Record<string, object>, parts: Record<string, object> = {}): string[] {
  return errorsOf(entity('thing', { ...NUMBERS, ...fields }), part(parts)).map(
    ({ pointer, code, reason, hint }) => `${pointer} ${code}: ${reason}${hint === undefined ? '' : ` | ${hint}`}`,
  );
}

const text = (property: Property | undefined): string =>
  property?.computed?.kind === 'formula' ? printExpression(property.computed.expression) : '';

describe('a formula', () => {
  test('has properties without a column, which no client writes', () => {
    const { properties, fields } = thing({ f: formula('a add b', 'money', { scale: 2 }) });
    expect(fields.get('f')?.properties).toEqual(['f', 'f_currency', 'f_base']);
    for (const name of ['f', 'f_currency', 'f_base'])
      expect(properties.get(name)).toMatchObject({
        column: '',
        readOnly: true,
        computed: { kind: 'formula', reads: [] },
      });
  });

  test('stands in the place of its name in other formulas, whatever their order', () => {
    const { properties } = thing({
      twice: formula('once add once'),
      once: formula('a add b', 'decimal', { scale: 1 }),
    });
    expect(text(properties.get('twice'))).toBe('round(round(a add b,1) add round(a add b,1),4)');
  });

  test('is watched for values that are too large only where there can be one', () => {
    const limited = {
      n: { type: 'integer', min: -100, max: 50 },
      m: { type: 'money' },
      d: { type: 'decimal', precision: 6, scale: 2 },
    };
    const limitOf = (expression: string, result = 'decimal', more: object = {}): string | null | undefined => {
      const value = thing({ ...limited, f: formula(expression, result, more) }).properties.get('f')?.computed;
      return value?.kind === 'formula' && value.expression.kind === 'round' ? value.expression.limit : undefined;
    };
    const small = { precision: 6, scale: 2 };
    // 9,999.99 is the largest of 6 digits with 2 after the point.
    expect(
      ['d', '- d', 'd sub 0', 'd mod 7', 'n mul 99.9999', 'd mul n div 100', 'm_base mul n mod 9999'].map((text) =>
        limitOf(text, 'decimal', small),
      ),
    ).toEqual(Array(7).fill(null));
    expect(
      [
        'd add 0.004',
        'd add 0.005',
        'n mul 99.99995',
        'n mul 100',
        'd div 0.1',
        'd div n',
        'd div 0',
        'd mul n',
        'm_base',
      ].map((text) => limitOf(text, 'decimal', small)),
    ).toEqual([null, ...Array(8).fill('10000')]);
    expect(limitOf('m mul n mul 0.01', 'money')).toBeNull();
    // min and max may be younger than a record.
    expect(limitOf('n', 'integer')).toBe(String(2n ** 63n));
  });

  test('stands in the place of its name in conditions', () => {
    const { rules, fields } = thing(
      { f: formula('a gt 1', 'boolean'), g: { type: 'text', required_when: 'not f' } },
      { rules: { r: { invalid_when: 'f and b eq 2', error: { en: 'No' } } } },
    );
    expect(rules.map(({ invalidWhen }) => printExpression(invalidWhen))).toEqual(['a gt 1 and b eq 2']);
    const { requiredWhen } = fields.get('g') ?? {};
    expect(requiredWhen && printExpression(requiredWhen)).toBe('not (a gt 1)');
  });

  test.each([
    [
      'a name that is not there',
      formula('a add c'),
      '/expression invalid_formula: There is no property c on thing (at character 7)',
    ],
    [
      'a path to another record',
      formula('created_by/name', 'text'),
      '/expression invalid_formula: created_by/name leads to another record, which a formula cannot use | Name properties of the record itself; compare ids such as company_id',
    ],
    [
      'a value of another type',
      formula('a', 'text'),
      '/expression invalid_formula: a string is expected, not an integer (at character 1)',
    ],
    [
      'a decimal for an integer',
      formula('a add b', 'integer'),
      '/expression invalid_formula: an integer is expected, not a decimal (at character 3)',
    ],
    [
      'operands that do not fit',
      formula("a add 'x'"),
      '/expression invalid_formula: add needs numbers or times, not a string (at character 7) | What stands in quotes has to be a value of the type that it is compared with',
    ],
    [
      'a text that is no expression',
      formula('a add'),
      '/expression invalid_formula: A value is expected before the end (at character 6)',
    ],
    ['nothing but null', formula('null'), '/expression invalid_formula: The formula is always null'],
    ['itself', formula('f add 1'), ' circular_formula: It is computed from itself: thing.f -> thing.f'],
    [
      'too much text for a property',
      formula('a', 'decimal', { max_length: 5 }),
      '/max_length invalid_option: max_length applies to a result of text only',
    ],
    [
      'a scale above its precision',
      formula('a', 'decimal', { precision: 2, scale: 3 }),
      '/scale invalid_option: scale is greater than precision',
    ],
    [
      'digits that amounts do not have',
      formula('a', 'money', { scale: 5 }),
      '/scale invalid_option: Amounts have at most 4 decimal places',
    ],
    [
      'a demand',
      formula('a', 'decimal', { required: true }),
      '/required invalid_option: A computed value cannot be demanded',
    ],
    [
      'a key',
      formula('a', 'decimal', { unique: true }),
      '/unique invalid_option: A computed value has no column that a key could hold',
    ],
    ['a default', formula('a', 'decimal', { default: 1 }), '/default invalid_option: A computed value has no default'],
    [
      'writing',
      formula('a', 'decimal', { read_only: false }),
      '/read_only invalid_option: A computed value is never written',
    ],
  ])('cannot name %s', (_what, field, finding) => {
    expect(wrong({ f: field })).toEqual([`/fields/f${finding}`]);
  });

  test('cannot be a value that no operator applies to', () => {
    expect(findings(entity('thing', { d: { type: 'json' }, f: formula('d', 'text') }))).toEqual([
      '/fields/f/expression invalid_formula',
    ]);
  });

  test('in a circle with others is reported once, with the way round', () => {
    expect(wrong({ x: formula('y'), y: formula('z add 1'), z: formula('x mul 2'), w: formula('x') })).toEqual([
      '/fields/x circular_formula: It is computed from itself: thing.x -> thing.y -> thing.z -> thing.x',
    ]);
  });

  test('in a chain of any length is linked or refused, and never overflows the stack', () => {
    const aliases = (length: number) =>
      Object.fromEntries(
        Array.from(
          { length },
          (_, n) => [`f${n}`, formula(n === length - 1 ? 'a gt 1' : `f${n + 1}`, 'boolean')] as const,
        ),
      );
    expect(wrong(aliases(100))).toEqual([]);
    expect(wrong(aliases(150))).toEqual([
      '/fields/f100 limit_exceeded: More than 100 computed fields read one another in a row',
    ]);
    const long = wrong(aliases(1_000));
    expect([long.length, long.every((finding) => finding.includes('limit_exceeded'))]).toEqual([9, true]);
  });

  test('that is wrong makes no finding where it is named', () => {
    const fields = { f: formula('nothing'), g: formula('f add 1'), h: { type: 'text', required_when: 'f gt 1' } };
    expect(wrong(fields)).toHaveLength(1);
  });

  test('stands in no key and no index', () => {
    const more = { keys: { k: ['f'] }, indexes: { i: ['a', 'f'] } };
    expect(findings(entity('thing', { ...NUMBERS, f: formula('a') }, more))).toEqual([
      '/keys/k/0 no_column',
      '/indexes/i/1 no_column',
    ]);
  });

  test('of formulas may grow as large as an expression, and no larger', () => {
    const chain = (length: number) =>
      Object.fromEntries(
        Array.from({ length }, (_, n) => [`f${n}`, formula(n === 0 ? 'a add 1' : `f${n - 1} add 1`)] as const),
      );
    expect(wrong(chain(50))).toEqual([]);
    expect(wrong(chain(51))).toEqual([
      '/fields/f50/expression invalid_formula: With the formulas it names the expression exceeds the limit arithmetic_operators | Use fewer formulas in one another',
    ]);
    const wrapped = (length: number) =>
      Object.fromEntries(
        Array.from(
          { length },
          (_, n) => [`f${n}`, formula(n === 0 ? 'name' : `trim(f${n - 1})`, 'text', { max_length: 10 })] as const,
        ),
      );
    expect(wrong(wrapped(50))).toEqual([]);
    expect(wrong(wrapped(51))[0]).toContain('exceeds the limit depth');
    const doubling = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`f${n}`, formula(n === 0 ? 'a' : `f${n - 1} add f${n - 1}`)] as const),
    );
    expect(wrong(doubling)).toHaveLength(1);
  });
});

describe('a formula of money', () => {
  const MONEY = { cost: { type: 'money' }, price: { type: 'money' }, n: { type: 'integer' } };
  const amounts = (fields: Record<string, object>) => {
    const { properties } = thing({ ...MONEY, ...fields });
    return ['f', 'f_currency', 'f_base'].map((name) => text(properties.get(name)));
  };

  test('over one amount is in its currency', () => {
    expect(amounts({ f: formula('cost mul n div 100', 'money') })).toEqual([
      'round(cost mul n div 100,4)',
      'cost_currency',
      'round(cost_base mul n div 100,4)',
    ]);
  });

  test.each([
    ['of several fields', 'price sub cost', 'price_base sub cost_base'],
    ['and a base amount', 'price sub cost_base', 'price_base sub cost_base'],
    ['and none but base amounts', 'cost_base add 5', 'cost_base add 5'],
    ['and no amount', 'n mul 5', 'n mul 5'],
  ])('over amounts %s is in the base currency', (_what, expression, base) => {
    expect(amounts({ f: formula(expression, 'money') })).toEqual([`round(${base},4)`, "'USD'", `round(${base},4)`]);
  });

  test('over another one follows it', () => {
    expect(amounts({ g: formula('cost mul 2', 'money'), f: formula('g mul 2', 'money') })).toEqual([
      'round(round(cost mul 2,4) mul 2,4)',
      'cost_currency',
      'round(round(cost_base mul 2,4) mul 2,4)',
    ]);
    const base = 'round(round(price_base sub cost_base,4) mul 2,4)';
    expect(amounts({ g: formula('price sub cost', 'money'), f: formula('g mul 2', 'money') })).toEqual([
      base,
      "'USD'",
      base,
    ]);
  });

  test.each(['cost add 5', 'cost mul cost', 'n div cost', 'cost div cost', '5 sub cost mul n'])(
    'cannot be %s, which is no amount in the currency of the record',
    (expression) => {
      expect(wrong({ ...MONEY, f: formula(expression, 'money') })).toEqual([
        '/fields/f/expression invalid_formula: cost is in the currency of the record, and the result would not be an amount in it' +
          ' | Only multiply or divide it by plain numbers, or write cost_base, in the base currency',
      ]);
    },
  );

  test.each([
    ['cost add 0', 'money'],
    ['- cost add cost mul 3', 'money'],
    ['cost sub cost div n', 'money'],
    ['cost div 1000', 'decimal'],
    ['cost gt 1000', 'boolean'],
    ['price_base div cost_base', 'decimal'],
  ])('%s is fine as %s', (expression, result) => {
    expect(wrong({ ...MONEY, f: formula(expression, result) })).toEqual([]);
  });

  test.each([
    ['price div cost', 'decimal', 'price, cost', 'price_base, cost_base'],
    ['price gt cost', 'boolean', 'price, cost', 'price_base, cost_base'],
    ['price div cost_base', 'decimal', 'price, cost_base', 'price_base'],
  ])('%s mixes currencies in a result of %s', (expression, result, names, bases) => {
    expect(wrong({ ...MONEY, f: formula(expression, result) })).toEqual([
      `/fields/f/expression invalid_formula: ${names} may be in different currencies | Write ${bases}, in the base currency`,
    ]);
  });
});

describe('a rollup', () => {
  const shapes = (fields: Record<string, object>, parts: Record<string, object> = {}) => {
    const model = modelOf([entity('thing', { ...NUMBERS, ...fields }), part(parts)]);
    return (model.entities.get('thing') as EntityType).properties;
  };

  test('has the type of what it answers', () => {
    const properties = shapes(
      {
        n: rollup('count'),
        sum: rollup('sum', { field: 'size' }),
        mean: rollup('average', { field: 'weight' }),
        first: rollup('min', { field: 'day' }),
        last: rollup('max', { field: 'name' }),
        kinds: rollup('count_distinct', { field: 'whole_id' }),
      },
      { weight: { type: 'decimal', precision: 10, scale: 6 }, day: { type: 'date' } },
    );
    const typeOf = (name: string) => {
      const { type, nullable, scale, maxLength } = properties.get(name) as Property;
      return [type, nullable, scale ?? maxLength ?? null];
    };
    expect(['n', 'sum', 'mean', 'first', 'last', 'kinds'].map(typeOf)).toEqual([
      ['Edm.Int64', false, null],
      ['Edm.Decimal', false, 0],
      ['Edm.Decimal', true, 6],
      ['Edm.Date', true, null],
      ['Edm.String', true, 100],
      ['Edm.Int64', false, null],
    ]);
  });

  test('of texts compares them as they are stored', () => {
    const properties = shapes({ first: rollup('min', { field: 'email' }) }, { email: { type: 'email' } });
    expect(properties.get('first')?.normalize?.(' Anna@EXAMPLE.com')).toBe('Anna@example.com');
  });

  test('of amounts is in the base currency, and says so beside it', () => {
    const properties = shapes({ total: rollup('sum', { field: 'price' }), after: { type: 'text' } });
    expect([...properties.keys()].slice(-3)).toEqual(['total', 'total_currency', 'after']);
    expect(properties.get('total')?.computed).toMatchObject({ value: { property: 'price_base' }, reads: ['part'] });
    expect(text(properties.get('total_currency'))).toBe("'USD'");
  });

  test('reads formulas of the related records, and is read by formulas of its own', () => {
    const properties = shapes(
      { f: formula('total mul 2', 'money'), total: rollup('sum', { field: 'cost', filter: 'big' }) },
      { cost: formula('price mul size', 'money'), big: formula('size gt 5', 'boolean') },
    );
    const { computed } = properties.get('total') as Property;
    expect(computed).toMatchObject({ value: { kind: 'round' }, filter: { kind: 'compare', op: 'gt' } });
    expect(text(properties.get('f'))).toBe('round(total mul 2,4)');
    expect(properties.get('f')?.computed?.reads).toEqual(['part']);
  });

  test.each([
    [
      'a collection that is not there',
      rollup('count', { relation: 'pieces' }),
      '/relation invalid_rollup: thing has no collection pieces | Collections are parts',
    ],
    [
      'a lookup',
      rollup('count', { relation: 'created_by' }),
      '/relation invalid_rollup: created_by leads to one record: a rollup reads a collection | Collections are parts',
    ],
    [
      'a property that is not there',
      rollup('sum', { field: 'weight' }),
      '/field invalid_rollup: There is no property weight on part',
    ],
    [
      'a field with other properties',
      rollup('count_distinct', { field: 'whole' }),
      '/field invalid_rollup: There is no property whole on part | The field whole has the properties whole_id',
    ],
    ['a sum of texts', rollup('sum', { field: 'name' }), '/field invalid_rollup: sum cannot be applied to name'],
    [
      'an order that says nothing',
      rollup('min', { field: 'whole_id' }),
      '/field invalid_rollup: min cannot be applied to whole_id',
    ],
    [
      'a field for count',
      rollup('count', { field: 'size' }),
      '/field invalid_option: count counts records, not values of a field | Use count_distinct, or a filter such as amount ne null',
    ],
    ['no field for a sum', rollup('sum'), ' invalid_option: sum needs the `field` whose values it reads'],
    [
      'a condition that does not hold',
      rollup('count', { filter: 'size' }),
      '/filter invalid_rollup: a boolean is expected, not an integer (at character 1)',
    ],
    [
      'a path',
      rollup('count', { filter: 'whole/a eq 1' }),
      '/filter invalid_rollup: whole/a leads to another record, which a stored condition cannot use | Name properties of the record itself; compare ids such as company_id',
    ],
  ])('cannot have %s', (_what, field, finding) => {
    expect(wrong({ r: field })).toEqual([`/fields/r${finding}`]);
  });

  test('reads no rollup, in no way', () => {
    const piece = entity('piece', { part: { type: 'lookup', targets: ['part'], inverse: 'pieces' } });
    const parts = { n: { type: 'rollup', relation: 'pieces', aggregate: 'count' }, m: formula('n add 1') };
    const fields = {
      direct: rollup('sum', { field: 'n' }),
      over: rollup('sum', { field: 'm' }),
      filtered: rollup('count', { filter: 'm gt 1' }),
    };
    expect(
      errorsOf(entity('thing', fields), part(parts), piece).map(({ pointer, reason }) => [pointer, reason]),
    ).toEqual([
      ['/fields/direct/field', 'n is a rollup, or reads one: a rollup reads what related records themselves hold'],
      ['/fields/over/field', 'm is a rollup, or reads one: a rollup reads what related records themselves hold'],
      ['/fields/filtered/filter', 'm is computed from other records, which a stored condition cannot use'],
    ]);
  });

  test('and a formula of the related records can go in a circle', () => {
    const fields = {
      up: { type: 'lookup', targets: ['thing'], inverse: 'downs' },
      total: { type: 'rollup', relation: 'downs', aggregate: 'sum', field: 'sum' },
      sum: formula('total add a'),
    };
    expect(wrong(fields)).toEqual([
      '/fields/total circular_formula: It is computed from itself: thing.total -> thing.sum -> thing.total',
    ]);
  });

  test('stands in no condition of rules, fields and roles', () => {
    const fields = { n: rollup('count'), m: formula('n add 1'), g: { type: 'text', required_when: 'm gt 1' } };
    expect(wrong(fields)).toEqual([
      '/fields/g/required_when invalid_condition: m is computed from other records, which a stored condition cannot use | Name what the record itself holds',
    ]);
  });

  test('is named in a formula twenty times at most', () => {
    const sum = (count: number) => formula(Array.from({ length: count }, () => 'n').join(' add '));
    expect(wrong({ n: rollup('count'), f: sum(20) })).toEqual([]);
    expect(wrong({ n: rollup('count'), half: sum(11), f: formula('half add half') })).toEqual([
      '/fields/f/expression invalid_formula: With the formulas it names it reads more than 20 rollups | Each is counted as often as it is named',
    ]);
  });

  test('of a lookup that is wrong makes no finding of its own', () => {
    const documents = [
      entity('thing', { n: rollup('count') }),
      entity('part', {
        whole: { type: 'lookup', targets: ['thing'], inverse: 'parts', required: true, on_delete: 'set_null' },
      }),
    ];
    expect(findings(...documents)).toEqual(['/fields/whole/on_delete invalid_option']);
  });

  test('of money needs the name of its currency', () => {
    const fields = { r: rollup('sum', { field: 'price' }), r_currency: { type: 'text' } };
    expect(findings(entity('thing', fields), part())).toEqual(['/fields/r duplicate_name']);
  });
});

describe('what is computed from secured or personal data', () => {
  test('is secured or personal itself, through every step', () => {
    const model = modelOf([
      entity('thing', {
        pay: { type: 'money', secured: true, personal_data: true },
        pay_month: formula('pay div 12', 'money'),
        pay_day: formula('pay_month div 30', 'money'),
        plain: rollup('count'),
        summed: rollup('sum', { field: 'hidden' }),
        filtered: rollup('count', { filter: 'hidden gt 1' }),
        over: formula('summed add 1'),
        own: formula('plain add 1', 'decimal', { secured: true }),
      }),
      part({ hidden: { type: 'integer', secured: true } }),
    ]);
    const { properties } = model.entities.get('thing') as EntityType;
    const marks = (mark: 'secured' | 'personalData') =>
      [...properties.values()].filter((property) => property[mark] && property.computed).map(({ name }) => name);
    const money = ['pay_month', 'pay_month_currency', 'pay_month_base', 'pay_day', 'pay_day_currency', 'pay_day_base'];
    expect(marks('secured')).toEqual([...money, 'summed', 'filtered', 'over', 'own']);
    expect(marks('personalData')).toEqual(money);
  });

  test('is secured where the lookup is that says whose records they are', () => {
    const hidden = entity('part', { whole: { ...WHOLE.whole, secured: true } });
    const model = modelOf([entity('thing', { n: rollup('count') }), hidden]);
    expect(model.entities.get('thing')?.properties.get('n')?.secured).toBe(true);
  });

  test('is in no condition', () => {
    const fields = {
      pay: { type: 'integer', secured: true },
      f: formula('pay'),
      g: { type: 'text', required_when: 'f gt 1' },
    };
    expect(wrong(fields)).toEqual([
      '/fields/g/required_when invalid_condition: f is secured: whether a condition on it holds would tell its value | Leave it out',
    ]);
  });
});
