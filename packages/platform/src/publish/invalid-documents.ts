// The error of documents that cannot be published: everything that parse and link found, as the error table words it.
import type { DocumentError } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';

export class InvalidDocuments extends PlatformError {
  /** As they were found; the target of a detail is `source#pointer`. */
  readonly findings: readonly DocumentError[];

  constructor(findings: readonly DocumentError[]) {
    super('invalid_documents', {}, { details: findings.map(detailOf) });
    this.findings = findings;
  }
}

function detailOf({ source, pointer, code, reason, hint }: DocumentError): ErrorDetail {
  const values = { name: pointer || '/', reason: hint === undefined ? reason : `${reason}. ${hint}` };
  return { ...errorDetail('invalid_value', values, `${source}#${pointer}`), '@kartoteka.finding': code };
}
