// What is left of a document with errors of its own once they are cut out, so that what is wrong between it and others is told at the
// same time. It cuts and never mends: what it gives is linked for findings, and no Model is made of it.
import type { DocumentError, DocumentKind } from './documents.ts';
import type { LayeredDocument } from './layers.ts';

export interface Salvaged {
  readonly document: LayeredDocument;
  /** Fields that were cut: what names them is not wrong because of that. */
  readonly fields: ReadonlySet<string>;
}

/** Members whose entries stand for themselves. Choices and settings are left out: others would miss every value that was cut. */
const ENTRIES: Readonly<Partial<Record<DocumentKind, readonly string[]>>> = {
  entity: ['fields', 'keys', 'indexes', 'rules'],
  role: ['privileges', 'fields'],
  view: ['columns', 'sort'],
  form: ['sections', 'related'],
  duplicate_rule: ['match'],
  assignment_rule: [],
  mapping: ['fields'],
};

/** In place of texts and names that nobody refers to. */
const STAND_INS: Readonly<Partial<Record<DocumentKind, Readonly<Record<string, unknown>>>>> = {
  entity: { label: { en: '-' }, plural_label: { en: '-' }, title: 'id' },
  role: { label: { en: '-' } },
  view: { label: { en: '-' } },
  form: { label: { en: '-' } },
  duplicate_rule: { label: { en: '-' } },
  assignment_rule: { label: { en: '-' }, order: 0 },
  mapping: { label: { en: '-' } },
};

/** Null where too little is left: `isValid` judges by the schema. */
export function salvage(
  document: LayeredDocument,
  findings: readonly DocumentError[],
  isValid: (body: LayeredDocument['body']) => boolean,
): Salvaged | null {
  const entries = ENTRIES[document.kind];
  if (entries === undefined) return null;
  const body: Record<string, unknown> = structuredClone(document.body);
  const cut = new Set<string>();
  for (const { pointer, code } of findings) {
    const [member, entry] = partsOf(pointer);
    // A reserved name is as good as another to those who use it.
    if (member === undefined || (member === 'name' && code === 'reserved_name')) continue;
    const around = body[member];
    if (!entries.includes(member) || entry === undefined || around === null || typeof around !== 'object') {
      delete body[member];
      continue;
    }
    delete (around as Record<string, unknown>)[entry];
    if (member === 'fields') cut.add(entry);
    // What has no entries left would be told to have none.
    if (Object.keys(around).length === 0) return null;
  }
  const whole = { ...STAND_INS[document.kind], ...body };
  return isValid(whole) ? { document: { ...document, body: whole }, fields: cut } : null;
}

/** Parts of a pointer, unescaped. */
function partsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
