// Errors in Russian: names as the page has them, reasons, and what is not known. The table itself: tests/error-words.test.ts.
import { describe, expect, test } from 'vitest';
import { inRussian, type Labels, valuesOf } from './words.ts';

const NOTHING: Labels = { entity: () => undefined, field: () => undefined };

describe('an error in Russian', () => {
  const labels: Labels = {
    entity: (name) => (name === 'deal' ? 'Сделка' : undefined),
    field: (name) => (name === 'amount' ? 'Сумма' : undefined),
  };
  const say = (code: string, message: string): string => inRussian({ code, message }, labels).message;

  test('names entities, fields and privileges as the page does', () => {
    expect(say('missing_privilege', 'You do not have the privilege write on deal')).toBe(
      'У вас нет права «изменение» на «Сделка»',
    );
    expect(say('required', 'amount is required')).toBe('Заполните поле «Сумма»');
    expect(say('escalation', 'You cannot give more than you hold: write, share on this deal')).toBe(
      'Нельзя дать больше прав, чем есть у вас: изменение, предоставление доступа на эту запись («Сделка»)',
    );
  });

  test('has its reason in Russian, too, where there are words for that', () => {
    expect(say('invalid_value', 'amount: must have at most 2 decimal places')).toBe(
      'Сумма: не больше 2 знаков после запятой',
    );
    expect(say('invalid_value', 'amount: something quite new')).toBe('Сумма: something quite new');
  });

  test('stays as it is where the code or the wording is not known', () => {
    expect(say('no_such_code', 'Words')).toBe('Words');
    expect(say('constructor', 'Words')).toBe('Words');
    expect(say('not_found', 'It is another sentence')).toBe('It is another sentence');
  });

  test('keeps values with the signs of patterns and of templates', () => {
    const name = 'a.*{x}$&(b)';
    expect(say('unknown_resource', `There is no resource ${name}`)).toBe(`Такого адреса нет: ${name}`);
    expect(valuesOf('{a} or {a}', 'x or y')).toBeUndefined();
    expect(inRussian({ code: 'internal', message: '' }, NOTHING).message).toBe('');
  });
});
