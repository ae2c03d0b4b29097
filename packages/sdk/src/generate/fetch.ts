// Asks a service for its schemas. The credentials come from the caller and leave in one header only.
import { isSchemaDocument, type SchemaDocument } from './document.ts';

/** Why there are no schemas. The words are for who runs the command. */
export class FetchError extends Error {}

const ROOT = '/api/v1';
const TIMEOUT_MS = 60_000;

/** The address of the schemas, of the service's address with or without `/api/v1`. Throws TypeError for what is no address of a service. */
export function schemasUrl(url: string): URL {
  const address = new URL(url);
  if (!/^https?:$/.test(address.protocol)) throw new TypeError('the address has to begin with http:// or https://');
  if (address.username !== '' || address.password !== '') throw new TypeError('the address must not hold credentials');
  const path = address.pathname.replace(/\/+$/, '');
  address.pathname = `${path.endsWith(ROOT) ? path : `${path}${ROOT}`}/json-schemas`;
  address.search = '';
  address.hash = '';
  return address;
}

/** The schemas for who holds the token or API key. Throws FetchError. */
export async function fetchSchemas(
  address: URL,
  token: string,
  fetcher: typeof fetch = fetch,
): Promise<SchemaDocument> {
  // English, so that the same file comes of it whoever generates it.
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'accept-language': 'en' };
  let response: Response;
  let text: string;
  try {
    response = await fetcher(address, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await response.text();
  } catch (error) {
    throw new FetchError(`${address.origin} cannot be reached: ${reasonOf(error)}`);
  }
  if (response.status !== 200) throw new FetchError(refusal(address, response.status, text));
  const document = parsed(text);
  if (!isSchemaDocument(document)) throw new FetchError(`${address.href} does not answer schemas`);
  return document;
}

function refusal({ href }: URL, status: number, text: string): string {
  const words = (parsed(text) as { error?: { message?: unknown } } | undefined)?.error?.message;
  const told = typeof words === 'string' ? `: ${words}` : '';
  if (status === 401) return `${href} does not accept the credentials${told}`;
  if (status === 404) return `There is nothing at ${href}: is this the address of a service?`;
  return `${href} answers ${status}${told}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch hides in causes. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.message || cause?.code || message || String(error);
}
