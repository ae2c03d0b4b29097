// What a template of messages must be before it is stored: of an entity that messages are sent to, with placeholders that it has.
import { type Hook, type HookContext, type PendingWrite, PlatformError } from '@kartoteka/platform';
import { hasMail } from './letters.ts';
import { problemOfText } from './template.ts';

const JUDGED = ['record_type', 'subject', 'text'] as const;
const TEXTS = ['subject', 'text'] as const;

export const templateHook: Hook = {
  entity: 'message_template',
  operations: ['create', 'update'],
  needsTransaction: (_model, operation, records) => operation === 'update' && records.some(isPart),
  before: async (context, records) => {
    for (const record of records) {
      const stored = context.operation === 'update' && isPart(record) ? await storedOf(context, record) : {};
      const problem = problemOf(context, { record_type: 'contact', ...stored, ...record.values });
      if (problem !== null) context.refuse(record, problem);
    }
  },
};

/** A change of some of what is judged together. */
function isPart({ values }: PendingWrite): boolean {
  const given = JUDGED.filter((name) => Object.hasOwn(values, name)).length;
  return given > 0 && given < JUDGED.length;
}

async function storedOf({ engines }: HookContext, { id }: PendingWrite): Promise<Readonly<Record<string, unknown>>> {
  const query = `$filter=id eq ${id}&$select=${JUDGED.join(',')}`;
  return (await engines().system.get(`/message_templates?${query}`)).value[0] ?? {};
}

function problemOf({ model }: HookContext, values: Readonly<Record<string, unknown>>): PlatformError | null {
  const { record_type: name } = values;
  // What is no text is told by the validation that follows.
  if (typeof name !== 'string') return null;
  const entity = model.entities.get(name);
  if (entity === undefined || !hasMail(entity, model)) {
    const possible = [...model.entities.values()].filter((each) => hasMail(each, model)).map((each) => each.name);
    return invalid('record_type', `it is one of ${possible.join(', ')}`);
  }
  for (const member of TEXTS) {
    const text = values[member];
    const problem = typeof text === 'string' ? problemOfText(model, entity, text) : null;
    if (problem !== null) return invalid(member, problem);
  }
  return null;
}

const invalid = (name: string, reason: string): PlatformError =>
  new PlatformError('invalid_value', { name, reason }, { target: name });
