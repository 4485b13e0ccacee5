import { isIP } from 'node:net';

/** RFC 1123, and the underscore that names in real networks have. */
const nameLabel = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** Resolvers read a name that ends so as an IPv4 address in another spelling: 127.1, 0x7f000001. */
const number = /^(\d+|0x[0-9a-f]*)$/i;

/** A host name or an IP address as it is commonly written: no URL, user, port, zone or brackets. */
export function isAddress(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes('%');
  const labels = text.split('.');
  return text.length <= 253 && labels.every((label) => nameLabel.test(label)) && !number.test(labels.at(-1) ?? '');
}
