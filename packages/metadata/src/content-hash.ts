// Content hash over canonical JSON, in plain JavaScript so that it runs in a browser too. It tells contents apart; it is
// not a defence against somebody who looks for collisions.

/** 32 hex digits of a value made of JSON (maps, sets and undefined members included); equal content, equal hash. */
export function contentHash(value: unknown): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return hash128(text);
}

/** JSON with sorted object keys; Map = [[key, value] ...] and Set = array, both in their own order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (value instanceof Map) return canonicalJson([...value]);
  if (value instanceof Set) return canonicalJson([...value]);
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
}

/** Four 32-bit lanes, each multiplied and mixed per UTF-16 unit, crossed at the end (MurmurHash3's finaliser). */
function hash128(text: string): string {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let d = 0xdeadbeef ^ text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca6b) ^ (b >>> 15);
    b = Math.imul(b ^ unit, 0xc2b2ae35) ^ (c >>> 13);
    c = Math.imul(c ^ unit, 0x27d4eb2f) ^ (d >>> 16);
    d = Math.imul(d ^ unit, 0x165667b1) ^ (a >>> 14);
  }
  const mixed = [a ^ c, b ^ d, c ^ b, d ^ a].map(finalise);
  return mixed.map((lane) => lane.toString(16).padStart(8, '0')).join('');
}

function finalise(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
