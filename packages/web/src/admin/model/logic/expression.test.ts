import type { FieldDocument } from '@kartoteka/metadata';
import { describe, expect, it } from 'vitest';
import { completionsAt } from './completion.ts';
import { diagramOf, filtered } from './diagram.ts';
import { expressionProblems } from './expression.ts';
import { placed } from './layout.ts';
import { nameFor, nameProblem } from './new-name.ts';
import { type EditedEntity, type EditedModel, namedEntities } from './scope.ts';
import { svgOf } from './svg.ts';

const field = (type: string, more: object = {}): FieldDocument => ({ type, ...more });

const MODEL: EditedModel = {
  organization: {
    ...{ baseCurrency: 'EUR', rates: new Map([['EUR', '1']]), timeZone: 'UTC', locale: 'en', languages: ['en'] },
    ...{
      fiscalYearStart: '01-01',
      retention: { changesDays: 1, recycleBinDays: 1, securityLogDays: 1, notificationsDays: 1 },
    },
  },
  choices: new Map([
    [
      'x_stage',
      {
        open: { label: { en: 'Open' }, order: 1 },
        won: { label: { en: 'Won' }, order: 2 },
        new: { label: { en: 'New' }, order: 3 },
      },
    ],
  ]),
  entities: new Map<string, EditedEntity>([
    [
      'x_sale',
      {
        name: 'x_sale',
        ownership: 'user',
        fields: {
          name: field('text'),
          stage: field('choice', { choice: 'x_stage' }),
          amount: field('money'),
          secret: field('integer', { secured: true }),
          buyer: field('lookup', { targets: ['x_buyer'], inverse: 'sales' }),
          half_written: field('lookup'),
        },
      },
    ],
    [
      'x_buyer',
      {
        name: 'x_buyer',
        ownership: 'organization',
        fields: {
          name: field('text'),
          parent: field('lookup', { targets: ['x_buyer'] }),
          tags: field('many', { target: 'x_tag', inverse: 'buyers' }),
        },
      },
    ],
    ['x_tag', { name: 'x_tag', ownership: 'organization', fields: { name: field('text') } }],
  ]),
};
const ENTITIES = namedEntities(MODEL);
const condition = { entity: 'x_sale', place: 'record', expects: 'boolean', secret: 'refused' } as const;

describe('an expression that is typed', () => {
  it('is right over properties of fields, money parts and system properties', () => {
    expect(expressionProblems("stage eq 'won' and amount_base gt 5 and owner_id eq me()", ENTITIES, condition)).toEqual(
      [],
    );
    expect(expressionProblems('  ', ENTITIES, condition)).toEqual([]);
  });

  it('has its problems at their places', () => {
    expect(expressionProblems("stage eq 'lost'", ENTITIES, condition)).toMatchObject([
      { at: 9, hint: 'Values are open, won, new' },
    ]);
    expect(expressionProblems('amount', ENTITIES, condition)).toHaveLength(1);
    expect(expressionProblems('amont gt 5 and nam eq null', ENTITIES, condition).map(({ at }) => at)).toEqual([0, 15]);
    expect(expressionProblems('amount gt (5', ENTITIES, condition)).toHaveLength(1);
  });

  it('names related records in lists only, and secured fields not in conditions', () => {
    const list = { entity: 'x_sale', place: 'list', expects: 'boolean' } as const;
    expect(expressionProblems("buyer/name eq 'A'", ENTITIES, list)).toEqual([]);
    expect(expressionProblems("buyer/name eq 'A'", ENTITIES, condition)).not.toEqual([]);
    expect(expressionProblems('sales/any(s:s/amount gt 5)', ENTITIES, { ...list, entity: 'x_buyer' })).toEqual([]);
    expect(expressionProblems('secret gt 5', ENTITIES, list)).toEqual([]);
    expect(expressionProblems('secret gt 5', ENTITIES, condition)).toMatchObject([{ at: 0 }]);
  });
});

describe('what may stand at the caret', () => {
  const at = (text: string, place: 'record' | 'list' = 'record') => {
    const caret = text.indexOf('|');
    const found = completionsAt(text.replace('|', ''), caret, ENTITIES, 'x_sale', place);
    return { from: found.from, to: found.to, texts: found.options.map((option) => option.text) };
  };
  it('are properties and functions where an operand begins', () => {
    expect(at('am|').texts.slice(0, 3)).toEqual(['amount', 'amount_currency', 'amount_base']);
    expect(at("stage eq 'won' and na|")).toMatchObject({ from: 19, to: 21 });
    expect(at('star|').texts).toContain('startswith()');
  });
  it('are operators behind an operand', () => {
    expect(at('amount |').texts).toContain('gt ');
    expect(at('amount |').texts).not.toContain('amount');
    expect(at("name eq 'a' |").texts).toContain('and ');
  });
  it('are values of the choice that is compared, in quotes or not', () => {
    expect(at('stage eq |').texts.slice(0, 2)).toEqual(["'open'", "'won'"]);
    expect(at("stage eq 'w|'")).toMatchObject({ from: 9, to: 12, texts: ["'won'", "'new'"] });
    expect(at("stage in ('open','|").texts).toContain("'won'");
    expect(at("stage eq 'n|").texts).toEqual(["'new'", "'open'", "'won'"]);
  });
  it('go over lookups in lists only', () => {
    expect(at('buyer/na|', 'list').texts).toContain('buyer/name');
    expect(at('buyer/na|').texts).toEqual([]);
  });
});

describe('the diagram', () => {
  const diagram = diagramOf(MODEL, (name) => ({ label: `Label of <${name}>`, custom: name === 'x_tag' }));
  it('has a relation per pair and kind, whatever else is half written', () => {
    expect(diagram.relations.map(({ from, to, many }) => [from, to, many])).toEqual([
      ['x_sale', 'x_buyer', false],
      ['x_buyer', 'x_buyer', false],
      ['x_buyer', 'x_tag', true],
    ]);
  });
  it('shows what is looked for with its neighbours', () => {
    expect(filtered(diagram, 'sale').entities.map(({ name }) => name)).toEqual(['x_sale', 'x_buyer']);
    expect(filtered(diagram, '', new Set(['x_tag'])).relations).toHaveLength(2);
    expect(filtered(diagram, '', new Set(['x_buyer'])).entities).toEqual([]);
    expect(filtered(diagram, 'sale', new Set(['x_buyer'])).entities.map(({ name }) => name)).toEqual(['x_sale']);
    expect(placed(filtered(diagram, 'nothing')).entities).toEqual([]);
  });
  it('puts no entity over another', () => {
    const { entities } = placed(diagram);
    for (const [at, one] of entities.entries())
      for (const other of entities.slice(at + 1)) {
        const apart =
          one.x + one.width <= other.x ||
          other.x + other.width <= one.x ||
          one.y + one.height <= other.y ||
          other.y + other.height <= one.y;
        expect(apart, `${one.name} and ${other.name}`).toBe(true);
      }
  });
  it('is a file of SVG whose texts are escaped', () => {
    const svg = svgOf(placed(diagram), 'Model & more\u0000');
    expect(svg).toContain('<title>Model &amp; more</title>');
    expect(svg).toContain('Label of &lt;x_sale&gt;');
    expect(svg.match(/<g data-entity/g)).toHaveLength(3);
    expect(svg.match(/marker-end=/g)).toHaveLength(3);
  });
});

describe('a name', () => {
  it('comes from the label, in Latin letters and free', () => {
    expect(nameFor('Expected margin, %', [])).toBe('x_expected_margin');
    expect(nameFor('Маржа щедрая', ['X_MARZHA_SCHEDRAYA'])).toBe('x_marzha_schedraya_2');
    expect(nameFor('Größe', [])).toBe('x_grosse');
    expect(nameFor('!!!', [])).toBe('');
  });
  it('is told what is wrong with it', () => {
    expect(nameProblem('', [])).toBe('required');
    expect(nameProblem('x-1', [])).toBe('pattern');
    expect(nameProblem('margin', [])).toBe('prefix');
    expect(nameProblem('x_', [])).toBe('prefix');
    expect(nameProblem('x_A', ['x_a'])).toBe('taken');
    expect(nameProblem(`x_${'a'.repeat(46)}`, [])).toBeUndefined();
    expect(nameProblem(`x_${'a'.repeat(47)}`, [])).toBe('too_long');
  });
});
