// Where a webhook may lead: addresses of the public internet, and networks that the installation allows besides. Names are
// resolved here, and what was judged is what is connected to. It sends nothing.
import { lookup as resolveName } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Networks such as `10.0.0.0/8` that may be sent to although they are private. */
export type Networks = readonly string[];

/** What answers at these addresses is the host's own, whatever range they are in: the wire server of Azure. */
const REFUSED: ReadonlySet<string> = new Set(['168.63.129.16']);

/** Why an address that was resolved may not be connected to; null: it may. */
export function refusalOfAddress(address: string, allowed: Networks): string | null {
  const parsed = ipaddr.process(address);
  if (allowed.some((network) => isWithin(parsed, network))) return null;
  const range = parsed.range();
  if (range === 'unicast' && !REFUSED.has(parsed.toString())) return null;
  return `${address} is not an address of the public internet`;
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, network: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(network);
  return base.kind() === address.kind() && address.match(base, bits);
}

/**
 * Why no event may be sent to this URL, as far as its text tells; null: nothing speaks against it. Decimal, octal and hexadecimal
 * forms of addresses are what the URL standard makes of them.
 */
export function refusalOfUrl(text: string, allowed: Networks): string | null {
  if (!URL.canParse(text)) return 'It is not a URL';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'It has to begin with https://';
  if (url.username !== '' || url.password !== '') return 'It must not hold a name or password';
  const host = hostOf(url);
  if (isIP(host) === 0)
    return url.protocol === 'http:' && allowed.length === 0 ? 'It has to begin with https://' : null;
  const refusal = refusalOfAddress(host, allowed);
  if (refusal !== null) return refusal;
  return url.protocol === 'http:' && !isAllowed(host, allowed) ? 'It has to begin with https://' : null;
}

/** The host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether an address is in one of the networks that the installation names: there plain http may be used. */
export function isAllowed(address: string, allowed: Networks): boolean {
  const parsed = ipaddr.process(address);
  return allowed.some((network) => isWithin(parsed, network));
}

export class AddressRefused extends Error {}

/**
 * A lookup for sockets that answers judged addresses alone: where one of a name's addresses may not be connected to, none is.
 * `isPlain`: without TLS, only the networks that the installation names.
 */
export function judgedLookup(allowed: Networks, isPlain: boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [], 0);
      const reason = refusalOf(
        found.map(({ address }) => address),
        allowed,
        isPlain,
      );
      if (reason !== null) return callback(new AddressRefused(reason), [], 0);
      const [first] = found;
      if (options.all === true) callback(null, found);
      else callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };
}

function refusalOf(addresses: readonly string[], allowed: Networks, isPlain: boolean): string | null {
  if (addresses.length === 0) return 'The name has no address';
  for (const address of addresses) {
    const refusal = refusalOfAddress(address, allowed);
    if (refusal !== null) return refusal;
    if (isPlain && !isAllowed(address, allowed)) return 'It has to begin with https://';
  }
  return null;
}

const RESOLVE_MS = 2_000;

/** The same as `refusalOfUrl`, with the name resolved. A name that cannot be resolved in two seconds is refused. */
export async function refusalOfTarget(text: string, allowed: Networks): Promise<string | null> {
  const refusal = refusalOfUrl(text, allowed);
  if (refusal !== null) return refusal;
  const url = new URL(text);
  const host = hostOf(url);
  if (isIP(host) !== 0) return null;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('Its host name cannot be resolved'), RESOLVE_MS);
    judgedLookup(allowed, url.protocol === 'http:')(host, { all: true }, (error) => {
      clearTimeout(timer);
      if (error === null) resolve(null);
      else resolve(error instanceof AddressRefused ? error.message : 'Its host name cannot be resolved');
    });
  });
}

/** Throws for what is not a network. */
export function checkNetwork(text: string): void {
  ipaddr.parseCIDR(text);
}
