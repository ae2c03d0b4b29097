// The encodings a CSV can have: bytes to text and text to bytes. What a byte sequence does not mean is said, never guessed or
// replaced.
import { ENCODING_NAMES, type EncodingName } from '../map/map-schema.ts';
import type { TextEncoding } from './byte-source.ts';

export interface Encoding extends TextEncoding {
  readonly name: EncodingName;
  /** Null: the text has a character that the encoding does not have. */
  encode(text: string): Uint8Array | null;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const utf8: Encoding = {
  name: 'utf-8',
  decode(bytes) {
    try {
      return strictUtf8.decode(bytes);
    } catch {
      return null;
    }
  },
  encode: (text) => encoder.encode(text),
};

/** The one byte that Windows-1251 leaves unassigned. */
const UNASSIGNED = 0x98;
const cyrillic = new TextDecoder('windows-1251');

const windows1251: Encoding = {
  name: 'windows-1251',
  decode: (bytes) => (bytes.includes(UNASSIGNED) ? null : cyrillic.decode(bytes)),
  encode(text) {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) {
      const byte = CYRILLIC_BYTES.get(text.charCodeAt(at));
      if (byte === undefined) return null;
      bytes[at] = byte;
    }
    return bytes;
  },
};

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

/** What the beginning of a file most probably is: UTF-8 where it can be, else the first other encoding that it can be. */
export function likelyEncoding(sample: Uint8Array): EncodingName {
  // The sample may end within a character.
  const isPart = (name: EncodingName): boolean =>
    [0, 1, 2, 3].some((cut) => ENCODINGS[name].decode(sample.subarray(0, sample.length - cut)) !== null);
  return ENCODING_NAMES.find(isPart) ?? 'utf-8';
}
