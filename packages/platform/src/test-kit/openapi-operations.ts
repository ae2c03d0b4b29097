// Which operation of an OpenAPI document a request is, by its path templates. Ids may stand in parentheses or as segments of their
// own, and operations may have their namespace, as the service takes them. Not for product code.
import type { JsonObject } from '../openapi/types.ts';

interface Template {
  readonly segments: readonly RegExp[];
  /** How many have parameters: fewer go first. */
  readonly variable: number;
  readonly item: JsonObject;
}

/** Segments of `/api/v1/deals(ID)/company`. */
const RELATION = 4;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export class OperationFinder {
  /** By the number of segments and the name in the third, the entity set. */
  readonly #templates = new Map<string, Template[]>();

  constructor(paths: JsonObject) {
    for (const [path, item] of Object.entries(paths)) {
      const segments = split(path);
      const template = {
        segments: segments.map(pattern),
        variable: segments.filter((segment) => segment.includes('{')).length,
        item: item as JsonObject,
      };
      const key = keyOf(segments);
      const list = this.#templates.get(key) ?? [];
      list.push(template);
      list.sort((a, b) => a.variable - b.variable);
      this.#templates.set(key, list);
    }
  }

  /** Whether the path goes on after a relation of a record: of such paths there is no end. */
  goesOn(url: string): boolean {
    const [path = ''] = url.split('?');
    const segments = joined(split(path).map(decoded));
    const start = segments
      .slice(0, RELATION)
      .map((each, at) => (at === RELATION - 1 ? (each.split('(')[0] ?? '') : each));
    return (
      segments.length >= RELATION &&
      this.#templates
        .get(keyOf(start))
        ?.some(({ segments: tests }) => tests.every((each, at) => each.test(start[at] ?? ''))) === true
    );
  }

  /** Undefined where the document has no such path, or the path no such method. */
  find(method: string, url: string): JsonObject | undefined {
    const [path = ''] = url.split('?');
    const segments = joined(split(path).map(decoded));
    const found = this.#templates
      .get(keyOf(segments))
      ?.find((template) => template.segments.every((each, at) => each.test(segments[at] ?? '')));
    const name = method === 'HEAD' ? 'get' : method.toLowerCase();
    return found?.item[name] as JsonObject | undefined;
  }
}

const split = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

const keyOf = (segments: readonly string[]): string => `${segments.length} ${segments[2]?.split('(')[0] ?? ''}`;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
      .replace(/^kartoteka\./, '')
      .replace(/^(explain_access|changes|shares|timeline|security_events|who_am_i)\(.*\)$/, '$1');
  } catch {
    return segment;
  }
}

/** `deals/ID` as `deals(ID)`. */
function joined(segments: readonly string[]): string[] {
  const result: string[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    if (last !== undefined && result.length > 2 && GUID.test(segment))
      result[result.length - 1] = `${last}(${segment})`;
    else result.push(segment);
  }
  return result;
}

/** A segment that is a parameter is a name, without a key. */
function pattern(segment: string): RegExp {
  if (/^\{\w+\}$/.test(segment)) return /^[^(]+$/s;
  const parts = segment.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`, 's');
}
