// Field type `email`: one e-mail address. Spaces around it go and the domain is put in lower case; the part before the @
// stays as it is, because only the receiving server knows whether its case counts.
import type { FieldType, ValueKeyword } from '../field-type.ts';
import { OPERATORS } from '../operators.ts';

/** RFC 5321 4.5.3.1, with the brackets of a path taken off. */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;
/** What HTML accepts before the @, and letters of every script (RFC 6531). */
const LOCAL = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+$/u;
/** One part of a domain name. */
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

function normalizeEmail(value: unknown): string {
  const text = String(value).trim().normalize('NFC');
  const at = text.lastIndexOf('@');
  return text.slice(0, at + 1) + text.slice(at + 1).toLowerCase();
}

function emailReason(value: unknown): string | undefined {
  const text = normalizeEmail(value);
  if (text.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  const at = text.lastIndexOf('@');
  const [local, labels] = [text.slice(0, at), text.slice(at + 1).split('.')];
  const fits = at > 0 && local.length <= MAX_LOCAL_LENGTH && LOCAL.test(local);
  const isDomain =
    labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return fits && isDomain ? undefined : 'must be an e-mail address such as anna@example.com';
}

const emailAddress: ValueKeyword = { type: ['string'], value: 'boolean', make: () => emailReason };

export const fieldType: FieldType = {
  name: 'email',
  options: {},
  properties: (_field, context) => [
    {
      name: context.field,
      type: 'Edm.String',
      sqlType: 'text collate "und-x-icu"',
      maxLength: MAX_LENGTH,
      normalize: normalizeEmail,
      check: (column) => `char_length(${column}) <= ${MAX_LENGTH}`,
    },
  ],
  valueSchema: (_field, context) => ({
    [context.field]: { type: 'string', wellFormed: true, emailAddress: true },
  }),
  keywords: { emailAddress },
  operators: OPERATORS.text,
  control: () => ({ widget: 'email', props: {} }),
  examples: [
    {
      field: { type: 'email' },
      valid: [
        'a.b+c@example.com',
        'Anna.Mueller@Example.COM',
        ' boris@example.org\n',
        "d'arc@sub.domain.example.co",
        `${'e'.repeat(64)}@example.com`,
        `f@${'g'.repeat(63)}.${'h'.repeat(63)}.${'i'.repeat(63)}.${'j'.repeat(50)}.com`,
        'jörg@bücher.example',
        'k@xn--bcher-kva.example',
        'я@почта.рф',
      ],
      invalid: [
        ...[
          '',
          ' ',
          'anna',
          'anna@',
          '@example.com',
          'anna@localhost',
          'anna@example',
          'a b@example.com',
          'a@b@example.com',
        ],
        ...['anna@example..com', 'anna@.example.com', 'anna@example.com.', 'anna@-example.com', 'anna@example-.com'],
        ...[
          'Anna <anna@example.com>',
          'anna@example.com, boris@example.com',
          'mailto:anna@example.com',
          'anna@127.0.0.1',
        ],
        ...[
          'anna@[127.0.0.1]',
          '"an na"@example.com',
          'a\u0000b@example.com',
          '\ud83d@example.com',
          'anna@exam_ple.com',
        ],
        ...[`${'e'.repeat(65)}@example.com`, `a@${'b.'.repeat(130)}com`, 1, true, {}, []],
      ],
    },
  ],
};
