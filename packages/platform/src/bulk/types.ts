// What the parts of a bulk request hand to one another. Types only.
import type { Property } from '@kartoteka/metadata';
import type { PlatformError } from '../errors.ts';
import type { NamedRecord } from '../request/payload.ts';
import type { Executor } from '../storage/types.ts';
import type { LinkChange } from '../write/request.ts';
import type { SetEnvironment, Values } from '../write/write-set.ts';
import type { BulkMode } from './request.ts';

/** What all chunks of one request share. */
export interface BulkEnvironment extends SetEnvironment {
  readonly mode: BulkMode;
  /** Properties by which existing records are found; empty when creating. */
  readonly key: readonly Property[];
}

/** A record whose payload could be read. */
export interface BulkItem {
  /** Position in the request, from 0. */
  readonly index: number;
  /** UTF-16 units of its JSON. */
  readonly length: number;
  readonly values: Values;
  /** Records to be linked to it once it is written. */
  readonly links: readonly LinkChange[];
  /** Records named by other keys, whose ids are entered before it is written. */
  readonly named?: readonly NamedRecord[] | undefined;
  /** Values of the key's properties as text, in order. */
  readonly key: readonly string[];
}

/** What became of a record: the answer a single request would have had. */
export type Outcome =
  | {
      readonly status: 200 | 201;
      readonly id: string;
      readonly changed: boolean;
      /** What hooks tell of the record. */
      readonly [annotation: `@${string}`]: unknown;
    }
  | PlatformError;

/** Writes some records inside one transaction: the outcome of each, in order. Throws what cannot be told to concern one. */
export type WriteItems<Item> = (tx: Executor, items: readonly Item[]) => Promise<readonly Outcome[]>;
