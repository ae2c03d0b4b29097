// A ZIP archive written one file after the other in constant memory. zlib compresses, on threads of its own; fflate writes what stands
// around it. It knows nothing of what is in the files.
import { crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib';
import { Zip, type ZipInputFile } from 'fflate';
import { PlatformError } from '../../errors.ts';

const DEFLATE = 8;
/** The fastest that still finds most of what tables repeat. */
const LEVEL = 4;

export class ZipStream {
  readonly #most: number;
  readonly #zip: Zip;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #file: DeflatedFile | null = null;

  /** `most`: bytes of the archive. */
  constructor(most: number) {
    this.#most = most;
    this.#zip = new Zip((error, piece) => {
      if (error !== null) throw error;
      this.#pieces.push(piece);
    });
  }

  /** Begins a file; the one before has been closed. */
  open(name: string): void {
    this.#file = new DeflatedFile(name);
    this.#zip.add(this.#file);
  }

  write(text: string): Promise<void> {
    return this.#open().write(Buffer.from(text));
  }

  /** Ends the file that is open. */
  async close(): Promise<void> {
    await this.#open().end();
    this.#file = null;
  }

  /** Ends the archive. */
  end(): void {
    this.#zip.end();
  }

  /** What has been made of it since it was last taken. Throws limit_exceeded when the archive becomes too long. */
  take(): Uint8Array {
    const piece = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes += piece.length;
    if (this.#bytes > this.#most)
      throw new PlatformError('limit_exceeded', { limit: 'bytes of an XLSX file; use CSV', value: String(this.#most) });
    return piece;
  }

  /** It will not be finished. */
  dispose(): void {
    this.#file?.dispose();
    this.#file = null;
  }

  #open(): DeflatedFile {
    if (this.#file === null) throw new Error('no file of the archive is open');
    return this.#file;
  }
}

/** One file, as fflate takes it: it is told the compressed bytes, and at the end how many there were before and their checksum. */
class DeflatedFile implements ZipInputFile {
  readonly filename: string;
  readonly compression = DEFLATE;
  crc = 0;
  size = 0;
  ondata: NonNullable<ZipInputFile['ondata']> = () => {};
  readonly #deflate: DeflateRaw = createDeflateRaw({ level: LEVEL });
  #failure: Error | null = null;

  constructor(filename: string) {
    this.filename = filename;
    this.#deflate.on('data', (bytes: Buffer) => this.ondata(null, bytes as Uint8Array<ArrayBuffer>, false));
    this.#deflate.on('error', (error) => {
      this.#failure = error;
    });
  }

  write(bytes: Buffer): Promise<void> {
    this.crc = crc32(bytes, this.crc);
    this.size += bytes.length;
    return this.#done((resolve) => this.#deflate.write(bytes, resolve));
  }

  async end(): Promise<void> {
    await this.#done((resolve) => {
      this.#deflate.once('end', resolve);
      this.#deflate.once('close', resolve);
      this.#deflate.end();
    });
    this.ondata(null, new Uint8Array(0), true);
  }

  dispose(): void {
    this.#deflate.destroy();
  }

  async #done(work: (resolve: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => work(() => resolve()));
    if (this.#failure !== null) throw this.#failure;
  }
}
