import { isIPv6 } from 'node:net';
import type { Viewer } from '@opsconductor/authz';

/**
 * Whom something is counted to: the user, whatever session they use, or the key of a program; of a stranger all that is known is the address. Of
 * an IPv6 address the network (/64) counts, because whoever has one address of it has all.
 */
export function principalOf(viewer: Viewer): string {
  if (viewer.kind !== 'anonymous') return viewer.apiKeyId ? `key:${viewer.apiKeyId}` : `user:${viewer.userId}`;
  const address = viewer.clientAddress ?? 'unknown';
  return `address:${isIPv6(address) ? networkOf(address) : address}`;
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
