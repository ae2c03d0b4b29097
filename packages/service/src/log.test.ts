// What may reach the log: identifiers and frames, never data.
import { describe, expect, it } from 'vitest';
import { errorRecord, loggedPath } from './log.ts';

describe('an error in the log', () => {
  it('keeps the SQLSTATE and names of the catalogue, not query, parameters, detail or message', () => {
    const error = Object.assign(new Error('duplicate key value violates unique constraint'), {
      name: 'PostgresError',
      code: '23505',
      detail: 'Key (email)=(ann@example.com) already exists.',
      query: "insert into contact values ('ann@example.com')",
      parameters: ['ann@example.com'],
      table_name: 'contact',
      constraint_name: 'contact_email_key',
    });
    const record = errorRecord(error);
    expect(record).toMatchObject({ type: 'PostgresError', code: '23505', table_name: 'contact' });
    expect(JSON.stringify(record)).not.toContain('ann@example.com');
    expect(JSON.stringify(record)).not.toContain('insert');
  });

  it('keeps no text of a JSON error, which quotes the body', () => {
    let record: unknown;
    try {
      JSON.parse('secret-of-the-body');
    } catch (error) {
      record = errorRecord(error);
    }
    expect(record).toMatchObject({ type: 'SyntaxError' });
    expect(JSON.stringify(record)).not.toContain('secret-of');
  });

  it('keeps the message and frames of a programming mistake', () => {
    const record = errorRecord(new TypeError('x is not a function'));
    expect(record.message).toBe('x is not a function');
    expect(record.stack).toContain('log.test.ts');
  });

  it('is only a type for values that are not errors', () => {
    expect(errorRecord('ann@example.com')).toEqual({ type: 'string' });
  });
});

describe('a path in the log', () => {
  it.each([
    ["/api/v1/deals?$filter=name eq 'Ann'", '/api/v1/deals'],
    ["/api/v1/deals(name='Ann')/company", '/api/v1/deals(…)/…'],
    ['/api/v1/deals/ann@example.com', '/api/v1/deals/…'],
    ['/api/v1/deals/Smith', '/api/v1/deals/…'],
    ['/api/v1/deals(1)/contacts/$count', '/api/v1/deals(…)/…/$count'],
    ['/api/v1/$metadata', '/api/v1/$metadata'],
    ["/api/v1/deals('a/b@c.d')", '/api/v1/deals(…)/…'],
    ['/ann@example.com', '/…'],
    [`/api/v1/ktk_${'A'.repeat(43)}`, '/api/v1/…'],
  ])('%s is logged as %s', (path, logged) => {
    expect(loggedPath(path)).toBe(logged);
  });
});
