// A document as its layers say it, with what the draft makes of the custom one: which layer a value comes from, and what the draft
// changes. Pure; it asks no service.
import { mergeJson } from '@kartoteka/metadata';
import { isObject, type Json, same, valueAt, type Way } from './paths.ts';

/** What each layer says of one document. */
export interface LayeredDocument {
  readonly kind: string;
  readonly name: string;
  /** Layers below the custom one, lowest first. */
  readonly lower: readonly { readonly layer: string; readonly body: Json }[];
  /** The custom layer as it is published; null: it says nothing of the document. */
  readonly published: Json | null;
  /** The custom layer as the draft has it; undefined: the draft leaves it as it is, null: takes it away. */
  readonly draft: Json | null | undefined;
}

/** How the draft changes a value. */
export type DraftChange = 'added' | 'changed' | 'removed';

/** Where a value comes from. */
export interface Origin {
  /** The highest layer that says it: `base`, `package:NAME`, `custom`. */
  readonly layer: string | undefined;
  /** It is said by the custom layer over something that a lower one says, too: taking it out shows that again. */
  readonly overrides: boolean;
  /** What the lower layers say. */
  readonly below: unknown;
  readonly draft: DraftChange | undefined;
}

const MARKS = new Set(['extends', '$schema']);

const content = (body: Json): Json => Object.fromEntries(Object.entries(body).filter(([name]) => !MARKS.has(name)));

/** What the layers below the custom one make together; null where none of them has the document. */
export function belowOf({ lower }: LayeredDocument): Json | null {
  const [first, ...rest] = lower;
  return first === undefined
    ? null
    : content(rest.reduce<Json>((merged, { body }) => mergeJson(merged, content(body)), first.body));
}

/** The custom layer's body as it is to be: of the draft, else as published. */
export const customOf = ({ published, draft }: LayeredDocument): Json | null =>
  draft === undefined ? published : draft;

const merged = (below: Json | null, custom: Json | null): Json | null => {
  if (custom === null) return below;
  return below === null ? content(custom) : mergeJson(below, content(custom));
};

/** The document as it would be with the draft; null where nothing is left of it. */
export const effectiveOf = (document: LayeredDocument): Json | null => merged(belowOf(document), customOf(document));

/** The document as it is published. */
export const publishedOf = (document: LayeredDocument): Json | null => merged(belowOf(document), document.published);

/** How the draft changes what stands at the end of the way; undefined: not at all. */
export function draftChange(document: LayeredDocument, way: Way): DraftChange | undefined {
  if (document.draft === undefined) return undefined;
  const [before, after] = [valueAt(publishedOf(document), way), valueAt(effectiveOf(document), way)];
  if (same(before, after)) return undefined;
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

/** Where the value at the end of the way comes from. */
export function originOf(document: LayeredDocument, way: Way): Origin {
  const custom = customOf(document);
  const said = custom === null ? undefined : valueAt(custom, way);
  const below = valueAt(belowOf(document), way);
  const lower = document.lower.findLast(({ body }) => valueAt(body, way) !== undefined)?.layer;
  return {
    // An object that both say belongs to the layer that has it first: what is above adds to it.
    layer: said !== undefined && !(isObject(said) && lower !== undefined) ? 'custom' : lower,
    overrides: said !== undefined && below !== undefined,
    below,
    draft: draftChange(document, way),
  };
}

/** Whether lower layers have the document: the custom layer can only extend it. */
export const isExtended = (document: LayeredDocument): boolean => document.lower.length > 0;
