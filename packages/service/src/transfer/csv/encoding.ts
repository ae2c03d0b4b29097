// The encodings a CSV can have: bytes to text and text to bytes. What a byte sequence does not mean is said, never guessed or
// replaced.

import { isAscii, isUtf8 } from 'node:buffer';
import type { EncodingName, TextEncoding } from '@kartoteka/metadata/transfer';

export interface Encoding extends TextEncoding {
  readonly name: EncodingName;
  /** Null: the text has a character that the encoding does not have. */
  encode(text: string): Buffer | null;
}

const utf8: Encoding = {
  name: 'utf-8',
  decode: (bytes) => (isAscii(bytes) ? textOf(bytes, 'latin1') : isUtf8(bytes) ? textOf(bytes, 'utf8') : null),
  encode: (text) => Buffer.from(text, 'utf8'),
};

/** Without copying the bytes. */
const textOf = ({ buffer, byteOffset, length }: Uint8Array, encoding: 'latin1' | 'utf8'): string =>
  Buffer.from(buffer, byteOffset, length).toString(encoding);

/** The one byte that Windows-1251 leaves unassigned. */
const UNASSIGNED = 0x98;

const windows1251: Encoding = {
  name: 'windows-1251',
  decode: (bytes) => {
    if (isAscii(bytes)) return textOf(bytes, 'latin1');
    return bytes.includes(UNASSIGNED) ? null : cyrillic.decode(bytes);
  },
  encode: (text) => {
    const bytes = Buffer.allocUnsafe(text.length);
    for (let at = 0; at < text.length; at += 1) {
      const byte = CYRILLIC_BYTES.get(text.charCodeAt(at));
      if (byte === undefined) return null;
      bytes[at] = byte;
    }
    return bytes;
  },
};

const cyrillic = new TextDecoder('windows-1251');

/** UTF-16 unit -> byte; every character of Windows-1251 is one unit. */
const CYRILLIC_BYTES: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, byte): [number, number] => [
    cyrillic.decode(Uint8Array.of(byte)).charCodeAt(0),
    byte,
  ]).filter(([, byte]) => byte !== UNASSIGNED),
);

export const ENCODINGS: Readonly<Record<EncodingName, Encoding>> = { 'utf-8': utf8, 'windows-1251': windows1251 };

/** The first character that `encoding` does not have, for a message. */
export function firstMissing(text: string, encoding: Encoding): string | undefined {
  return [...text].find((char) => encoding.encode(char) === null);
}
