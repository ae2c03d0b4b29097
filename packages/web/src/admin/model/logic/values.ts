// Changes applied to an object that is not yet in a document: what a new field's own values become. Pure.
import { mergePatch } from '@kartoteka/metadata';
import { type Change, patchOf } from './edit.ts';
import type { Json } from './paths.ts';

/** The object with the changes in it; undefined takes a member out. */
export const patched = (value: Json, changes: readonly Change[]): Json => mergePatch(value, patchOf(changes)) as Json;
