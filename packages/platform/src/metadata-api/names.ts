// Names in paths and queries below /metadata: kinds, layers, documents, change sets. It looks nothing up.
import { DOCUMENT_KINDS, type DocumentKind, type Layer } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';

const PACKAGE = /^package:[a-z][a-z0-9_.-]{0,99}$/;

const isKind = (text: string): text is DocumentKind => (DOCUMENT_KINDS as readonly string[]).includes(text);

const isLayer = (text: string): text is Layer => text === 'base' || text === 'custom' || PACKAGE.test(text);

/** A kind of document in the path. Throws unknown_resource. */
export function kindInPath(text: string | undefined): DocumentKind {
  if (text !== undefined && isKind(text)) return text;
  throw new PlatformError('unknown_resource', { name: `documents/${text}` }, { target: 'kind' });
}

/** A kind that a parameter names; undefined: none. Throws invalid_option. */
export function kindParameter(text: string | undefined): DocumentKind | undefined {
  if (text === undefined || isKind(text)) return text;
  const reason = `one of ${DOCUMENT_KINDS.join(', ')} is needed`;
  throw new PlatformError('invalid_option', { name: 'kind', reason }, { target: 'kind' });
}

/** A layer that a parameter names; undefined: none. Throws invalid_option. */
export function layerParameter(text: string | undefined): Layer | undefined {
  if (text === undefined || isLayer(text)) return text;
  const reason = 'base, custom or package:NAME is needed';
  throw new PlatformError('invalid_option', { name: 'layer', reason }, { target: 'layer' });
}
