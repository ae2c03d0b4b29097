// What an imported file is to the engine of imports: bytes that can be read again wherever they stand, as a file of Node and one that was
// chosen in a browser both are. Types only.

export interface ByteSource {
  /** `length` bytes from `offset` on, fewer only at the end; bytes that nobody writes to again. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** How the bytes of a file are text. What they do not mean is said, never guessed or replaced. */
export interface TextEncoding {
  readonly name: string;
  /** Null: the bytes are no text in this encoding. */
  decode(bytes: Uint8Array): string | null;
}
