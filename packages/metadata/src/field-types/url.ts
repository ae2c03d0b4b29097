// Field type `url`: an address on the web, with the scheme http or https. Spaces around it go, a missing scheme is https,
// scheme and host are put in lower case; path and query stay as they are, because there case counts.
import type { FieldType, ValueKeyword } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

const MAX_LENGTH = 2048;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const PARTS = /^(https?):\/\/([^/?#]+)(.*)$/is;
/** Browsers drop or turn these into something else. */
const UNSAFE = /[\s\p{Cc}\\<>"`]/u;

function normalizeUrl(value: unknown): string {
  const text = String(value).trim();
  const whole = SCHEME.test(text) ? text : `https://${text}`;
  const [, scheme = '', authority = '', rest = ''] = PARTS.exec(whole) ?? [];
  return scheme === '' ? text : `${scheme.toLowerCase()}://${authority.toLowerCase()}${rest}`;
}

function urlReason(value: unknown): string | undefined {
  const text = normalizeUrl(value);
  if (text.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  const authority = PARTS.exec(text)?.[2];
  // Credentials in an address are seen by everyone who sees the record, and are the usual disguise of a foreign host.
  const isSafe = authority !== undefined && !authority.includes('@') && !UNSAFE.test(text) && URL.canParse(text);
  const host = isSafe ? new URL(text).hostname : '';
  return /.\../.test(host) || host.startsWith('[')
    ? undefined
    : 'must be a web address such as https://example.com/about';
}

const webAddress: ValueKeyword = { type: ['string'], value: 'boolean', make: () => urlReason };

export const fieldType: FieldType = {
  name: 'url',
  options: {},
  properties: (_field, context) => [
    {
      name: context.field,
      type: 'Edm.String',
      sqlType: 'text collate "und-x-icu"',
      maxLength: MAX_LENGTH,
      normalize: normalizeUrl,
      check: (column) => `char_length(${column}) <= ${MAX_LENGTH}`,
    },
  ],
  valueSchema: (_field, context) => ({ [context.field]: { type: 'string', wellFormed: true, webAddress: true } }),
  keywords: { webAddress },
  operators: OPERATORS.text,
  control: () => ({ widget: 'url', props: {} }),
  examples: [
    {
      field: { type: 'url' },
      valid: [
        'http://[2001:DB8::1]:8080/',
        'http://192.0.2.1/',
        'HTTP://Example.com',
        'http://example.com/a',
        'https://a.example/?q=a%20b&Q=1#Top',
        'c.example:8443',
        `https://d.example/${'x'.repeat(2030)}`,
        ' www.b.example/Path ',
        'https://пример.рф/путь?запрос=да',
      ],
      invalid: [
        ...[
          '',
          ' ',
          'example',
          'http://',
          'https://localhost',
          'localhost:8080',
          'http:/example.com',
          'https://exa mple.com',
        ],
        ...[
          'ftp://example.com',
          'javascript:alert(1)',
          'mailto:anna@example.com',
          'tel:+12025550101',
          'file:///etc/passwd',
        ],
        ...[
          'data:text/html,x',
          'https://user:secret@example.com',
          'https://example.com@evil.example',
          'https://a\\b.example',
        ],
        ...['https://a.example/<b>', '//example.com', 'https://example.com:99999', 'https://.example'],
        ...[
          'https://a.example/\u0000',
          'https://a.example/\ud83d',
          `https://d.example/${'x'.repeat(2031)}`,
          1,
          true,
          {},
          [],
        ],
      ],
    },
  ],
};
