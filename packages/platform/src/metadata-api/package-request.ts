// Bodies of requests about packages: an archive to install, documents to make one of, what becomes of data. It looks nothing up.
import {
  MOST_PACKAGE_DOCUMENTS,
  PACKAGE_KINDS,
  type PackageArchive,
  type PackageManifest,
  readPackageArchive,
} from '@kartoteka/metadata';
import { Findings, type Members } from '../preview/findings.ts';
import { InvalidDocuments } from '../publish/invalid-documents.ts';
import type { PackageChange } from '../publish/package-change.ts';
import type { ChosenDocument } from '../publish/package-export.ts';

/** What a publish is given beside what it is about. */
export interface Confirmation {
  /** Of the plan that was seen. */
  readonly fingerprint: string;
  readonly comment: string;
  readonly allowDestructive: boolean;
}

const CONFIRMATION = ['fingerprint', 'comment', 'allow_destructive'] as const;

/** An archive to install: `manifest`, `documents`, `kept_data`, and in a request that is not only planned a confirmation. */
export function parseInstallation(body: Members, confirmed: boolean): PackageChange {
  const { manifest, documents, kept_data: keptData = 'restore' } = body;
  const findings = new Findings();
  findings.only(body, '', ['manifest', 'documents', 'kept_data', ...(confirmed ? CONFIRMATION : [])]);
  const known = keptData === 'restore' || keptData === 'leave';
  if (!known) findings.add('kept_data', 'restore or leave is needed');
  findings.settle();
  return { install: archiveOf({ manifest, documents }), keptData: keptData === 'leave' ? 'leave' : 'restore' };
}

/** Throws invalid_documents with every finding. */
function archiveOf(value: unknown): PackageArchive {
  const read = readPackageArchive(value);
  if ('archive' in read) return read.archive;
  throw new InvalidDocuments(read.errors);
}

/** `data`: what becomes of the data. */
export function parseUninstallation(body: Members, confirmed: boolean): 'keep' | 'purge' {
  const { data = 'keep' } = body;
  const findings = new Findings();
  findings.only(body, '', ['data', ...(confirmed ? CONFIRMATION.slice(0, 2) : [])]);
  if (data !== 'keep' && data !== 'purge') findings.add('data', 'keep or purge is needed');
  findings.settle();
  return data === 'purge' ? 'purge' : 'keep';
}

/** Throws validation_failed. */
export function parseConfirmation({ fingerprint, comment, allow_destructive: destructive }: Members): Confirmation {
  const findings = new Findings();
  const isPrint = typeof fingerprint === 'string' && /^[0-9a-f]{64}$/.test(fingerprint);
  if (!isPrint) findings.add('fingerprint', 'the fingerprint of the plan is needed');
  const isText = comment === undefined || (typeof comment === 'string' && comment.length <= MOST_COMMENT);
  if (!isText) findings.add('comment', `a text of at most ${MOST_COMMENT} characters is needed`);
  if (destructive !== undefined && typeof destructive !== 'boolean')
    findings.add('allow_destructive', 'true or false is needed');
  findings.settle();
  return {
    fingerprint: String(fingerprint),
    comment: typeof comment === 'string' ? comment : '',
    allowDestructive: destructive === true,
  };
}

const MOST_COMMENT = 2000;

/** A manifest and the customisations to put under it. Throws validation_failed, invalid_documents. */
export function parseExport(body: Members): {
  readonly manifest: PackageManifest;
  readonly documents: readonly ChosenDocument[];
} {
  const findings = new Findings();
  findings.only(body, '', ['manifest', 'documents']);
  const { documents } = body;
  const listed = Array.isArray(documents) && documents.length > 0 && documents.length <= MOST_PACKAGE_DOCUMENTS;
  if (!listed) findings.add('documents', `a list of 1 to ${MOST_PACKAGE_DOCUMENTS} documents is needed`);
  const chosen = listed ? documents.map((each: unknown, at) => chosenDocument(each, `documents/${at}`, findings)) : [];
  findings.unique(
    chosen,
    ({ kind, name }) => `${kind} ${name}`,
    (at) => `documents/${at}`,
  );
  findings.settle();
  return { manifest: archiveOf({ manifest: body.manifest, documents: [] }).manifest, documents: chosen };
}

function chosenDocument(value: unknown, place: string, findings: Findings): ChosenDocument {
  const members = findings.object(value, place) ?? {};
  findings.only(members, place, ['kind', 'name']);
  const kind = PACKAGE_KINDS.find((each) => each === members.kind);
  if (kind === undefined) findings.add(`${place}/kind`, `one of ${PACKAGE_KINDS.join(', ')} is needed`);
  return { kind: kind ?? 'entity', name: findings.name(members.name, `${place}/name`) };
}
