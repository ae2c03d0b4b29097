// A list as a file, CSV or XLSX. The service streams it, whatever its length: where the browser can, it goes into the file as it comes, otherwise
// into one that the browser offers when it is whole.
import { errorOf } from '@kartoteka/sdk';

const MEDIA_TYPES = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const;

export type ExportKind = keyof typeof MEDIA_TYPES;
export const EXPORT_KINDS: readonly ExportKind[] = ['csv', 'xlsx'];

export interface ExportOptions {
  readonly kind: ExportKind;
  /** Below /api/v1/, with its query. */
  readonly path: string;
  readonly fileName: string;
  readonly token: string;
  readonly language: string;
  readonly signal: AbortSignal;
  /** Bytes that have come. */
  readonly onProgress: (bytes: number) => void;
}

interface Picker {
  showSaveFilePicker?: (options: object) => Promise<{ createWritable: () => Promise<WritableStream> }>;
}

/** Throws CrmError where the service refuses, AbortError where the person does, TypeError where the connection ends. */
export async function exportFile(options: ExportOptions): Promise<void> {
  const { kind, path, fileName, token, language, signal } = options;
  const picker = globalThis as Picker;
  const types = [{ accept: { [MEDIA_TYPES[kind]]: [`.${kind}`] } }];
  // Asked first: it must follow a click at once.
  const file = await picker.showSaveFilePicker?.({ suggestedName: fileName, types });
  const headers = { authorization: `Bearer ${token}`, accept: MEDIA_TYPES[kind], 'accept-language': language };
  const response = await fetch(`/api/v1/${path}`, { headers, signal });
  if (!response.ok || response.body === null) throw await refusal(response);
  const counted = response.body.pipeThrough(counter(options.onProgress));
  if (file !== undefined) return counted.pipeTo(await file.createWritable(), { signal });
  offer(await new Response(counted).blob(), fileName);
}

async function refusal(response: Response): Promise<Error> {
  const json: unknown = await response.json().catch(() => null);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  return errorOf(response.status, json, { request: 'GET', ...(requestId === undefined ? {} : { requestId }) } as never);
}

function counter(onProgress: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      onProgress(bytes);
      controller.enqueue(chunk);
    },
  });
}

function offer(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
