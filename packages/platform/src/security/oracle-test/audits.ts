// The history of what a write has done, compared as somebody reads it afterwards. It must not be imported by product code.
import { isDeepStrictEqual } from 'node:util';
import { mayAct } from '../oracle/access.ts';
import { type Changes, changedEntities, visibleChanges } from '../oracle/audit.ts';
import { plainList } from '../oracle/draw-reads.ts';
import { answerRead } from '../oracle/reads.ts';
import { SCHEMA, schemaOf } from '../oracle/schema.ts';
import type { Asker as Who } from '../oracle/world.ts';
import { answerWrite, type Write } from '../oracle/writes.ts';
import { principalFor } from './askers.ts';
import { type Difference, isAllowed, type Place } from './differences.ts';
import { type Asker, answered, BASE, modelOf, send, sendWrite } from './requests.ts';

export interface Audit {
  readonly op: 'audit';
  readonly write: Write;
  /** Who reads the history. */
  readonly reader: Who;
}

export async function compareAudit(place: Place, { write, reader }: Audit): Promise<Difference | null> {
  const { scratch, world, me, principal } = place;
  const { answer, world: after } = answerWrite(world, me, write);
  if (answer.kind !== 'ok' || !mayAct(after, reader)) return null;
  return scratch.undone(async () => {
    await sendWrite({ database: scratch, principal }, write);
    const asker = await principalFor(scratch, modelOf(principal), reader, null);
    if (asker === null) return { of: 'reader', expected: reader, actual: null };
    for (const entity of changedEntities(world, after)) {
      const expected = visibleChanges(world, after, reader, entity);
      const found = await compareSet({ database: scratch, principal: asker }, entity, { after, reader, expected });
      if (found !== null) return found;
    }
    return null;
  });
}

interface Expected {
  readonly after: Place['world'];
  readonly reader: Who;
  readonly expected: Changes;
}

/** Of all records of an entity, and of each that has changed. */
async function compareSet(
  asker: Asker,
  entity: string,
  { after, reader, expected }: Expected,
): Promise<Difference | null> {
  const { set } = schemaOf(entity);
  const all = answerRead(after, reader, plainList(entity));
  const { answer, value = {} } = await answered(() => changesAt(asker, `/${set}/changes`));
  if (!isAllowed(all.answer, answer)) return { of: 'changes', expected: all.answer, actual: answer };
  if (!told(expected, value)) return { of: 'changes', expected, actual: value };
  // New ones come last.
  for (const { id } of after.records.filter((record) => record.entity === entity).slice(-2)) {
    const shown = answerRead(after, reader, {
      op: 'get',
      entity,
      id,
      deleted: false,
      shown: { select: [], expand: {} },
    });
    const one = await answered(() => changesAt(asker, `/${set}(${id})/changes`));
    if (!isAllowed(shown.answer, one.answer))
      return { of: 'changes of one', expected: shown.answer, actual: one.answer };
    const own = Object.fromEntries(Object.entries(expected).filter(([name]) => name.startsWith(id)));
    if (shown.answer.kind === 'ok' && !told(own, one.value ?? {}))
      return { of: 'changes of one', expected: own, actual: one.value };
  }
  return null;
}

const LINKS: ReadonlySet<string> = new Set(
  Object.values(SCHEMA).flatMap(({ many }) => Object.entries(many).flatMap(([field, { inverse }]) => [field, inverse])),
);

/** Everything that is expected, and nothing else; a link is told of at the one end where it was made, which the oracle does not know. */
function told(expected: Changes, actual: Changes): boolean {
  const sure = Object.entries(expected).filter(
    ([name]) => Object.hasOwn(actual, name) || !LINKS.has(name.split(' ')[1] ?? ''),
  );
  return isDeepStrictEqual(Object.fromEntries(sure), actual);
}

/** What the oracle does not know of: who made and changed it, and when. */
const OTHERS = new Set(['id', 'created_by_id', 'created_on', 'modified_by_id', 'modified_on', 'version']);

/** Newest first, two to a page: from what a property was first to what it is. */
async function changesAt(asker: Asker, path: string): Promise<Changes> {
  const found: Record<string, [unknown, unknown]> = {};
  for (let next: string | null = path; next !== null; ) {
    const [at = '', query = ''] = next.split(/\?(.*)/s);
    const answer = await send(asker, {
      method: 'GET',
      path: at,
      query: decodeURI(query),
      headers: { prefer: 'maxpagesize=3' },
    });
    const page = JSON.parse(answer.body ?? '');
    for (const { record_id, changes } of page.value) {
      for (const { property, before, after } of changes) {
        if (OTHERS.has(property)) continue;
        const name = `${record_id} ${property}`;
        found[name] = [before, found[name]?.[1] ?? after];
      }
    }
    next = page['@odata.nextLink']?.slice(BASE.length) ?? null;
  }
  return found;
}
