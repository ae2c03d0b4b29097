import { LONGEST_QUOTED, RecordScanner, splitRecord, TransferError } from '@kartoteka/metadata/transfer';
// Reads a well-formed CSV in UTF-8 as it arrives, as the service sends it. For files with mistakes see csv-records.ts.

/** Rows in batches, in their order. Throws TransferError when it ends within a row or is no CSV. */
export async function* readCsvStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly (readonly string[])[]> {
  const scanner = new RecordScanner(',', '"');
  let window: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    window = window.length === 0 ? Buffer.from(chunk) : Buffer.concat([window, chunk]);
    const rows: (readonly string[])[] = [];
    let start = 0;
    for (;;) {
      scanner.begin();
      const found = scanner.scan(window, start);
      if (found === 'text after quote') throw new TransferError('The service does not answer with a CSV');
      if (found === 'more') break;
      rows.push(splitRecord(window.toString('utf8', start, found.end), ',', '"'));
      start = found.next;
    }
    window = window.subarray(start);
    if (window.length > LONGEST_QUOTED) throw new TransferError('The service sends a row without an end');
    if (rows.length > 0) yield rows;
  }
  if (window.length > 0) throw new TransferError('The answer of the service ended within a row');
}
