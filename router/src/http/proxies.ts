import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv4 } from 'node:net';

/** Headers that only a proxy of ours may set: who the client is, and what it called us. */
const guarded = /^(x-opsc-|x-user-|x-forwarded-|x-real-ip$|forwarded$)/;

/** What a request says of its way here, and how much of that is believed. */
export interface Proxies {
  /** Removes what only a trusted proxy may say from the headers of a request that comes from anyone else. */
  readonly strip: (request: IncomingMessage) => void;
  /** The client's address: the last one that was not a trusted proxy's. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** The host that the client called, as in `Host`. */
  readonly hostOf: (request: IncomingMessage) => string | undefined;
}

/**
 * @param trusted addresses and CIDR ranges
 * @throws {Error} one of them is neither
 */
export function createProxies(trusted: readonly string[]): Proxies {
  const list = new BlockList();
  for (const range of trusted) addRange(list, range);
  const isTrusted = (address: string): boolean => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

  return {
    strip({ headers, socket }) {
      if (isTrusted(plainAddress(socket.remoteAddress))) return;
      for (const name of Object.keys(headers)) if (guarded.test(name)) delete headers[name];
    },
    addressOf({ headers, socket }) {
      const hops = [...forwardedFor(headers), plainAddress(socket.remoteAddress)];
      return hops.findLast((hop) => !isTrusted(hop)) ?? hops[0] ?? '';
    },
    hostOf({ headers }) {
      const forwarded = headers['x-forwarded-host'];
      return typeof forwarded === 'string' ? forwarded.split(',')[0]?.trim() : headers.host;
    },
  };
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  if (isIP(address) === 0) throw new Error(`"${range}" is no address and no CIDR range of a proxy.`);
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, Number(prefix), family);
}

function forwardedFor(headers: IncomingHttpHeaders): string[] {
  const value = headers['x-forwarded-for'];
  const hops = typeof value === 'string' ? value.split(',').map((hop) => plainAddress(hop.trim())) : [];
  return hops.every((hop) => isIP(hop) > 0) ? hops : [];
}

/** IPv4 in its IPv6 clothes (`::ffff:127.0.0.1`) is IPv4. */
function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
