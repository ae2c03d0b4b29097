// A list as a CSV file. The service streams it, whatever its length: where the browser can, it goes into the file as it comes, otherwise
// into one that the browser offers when it is whole.
import { errorOf } from '@kartoteka/sdk';

export interface ExportOptions {
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
export async function exportCsv(options: ExportOptions): Promise<void> {
  const { path, fileName, token, language, signal } = options;
  const picker = globalThis as Picker;
  const types = [{ accept: { 'text/csv': ['.csv'] } }];
  // Asked first: it must follow a click at once.
  const file = await picker.showSaveFilePicker?.({ suggestedName: fileName, types });
  const headers = { authorization: `Bearer ${token}`, accept: 'text/csv', 'accept-language': language };
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
