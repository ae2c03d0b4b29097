// What the parts of a batch exchange: data shapes only.

/** One request of a batch, as either format gives it. */
export interface BatchPart {
  /** Unique in its batch. Of a multipart request without Content-ID it is one that no reference can name. */
  readonly id: string;
  /** Whether the client gave the id, so that the answer has it as well. */
  readonly named: boolean;
  readonly method: string;
  /** As the client wrote it: relative to the service, from the root of the host, absolute, or `$id/...`. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Requests of one group are done together or not at all. */
  readonly group: string | null;
  /** Ids of requests and names of groups that have to succeed before. */
  readonly dependsOn: readonly string[];
  /** Where it stands in the body, for errors: `requests/3`. */
  readonly place: string;
}

export interface BatchAnswer {
  readonly part: BatchPart;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** What `$id` stands for in later requests: path of a record below the service, without a slash; null: no record. */
  readonly record: string | null;
}

/** A format of batches. */
export interface BatchFormat {
  /** Throws bad_request, malformed_json, invalid_batch, limit_exceeded; nothing has been done then. */
  parse(body: string): readonly BatchPart[];
  /** The answers in order, with their media type. */
  print(answers: readonly BatchAnswer[]): { readonly type: string; readonly body: string };
}

/** Requests in one batch. */
export const MOST_REQUESTS = 1_000;
