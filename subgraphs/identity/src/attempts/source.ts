import type { Viewer } from '@opsconductor/authz';
import ipaddr from 'ipaddr.js';

/** Groups of an IPv6 address that name a network: a customer has such a /64 whole. */
const NETWORK_GROUPS = 4;

/**
 * Who makes an attempt, as far as it can be told apart from others: a user, an IPv4 address, or the /64 network of an IPv6
 * address.
 * @returns undefined when the caller is not known to anyone
 */
export function sourceOf(viewer: Viewer): string | undefined {
  if (viewer.kind === 'user') return `user ${viewer.userId}`;
  const { clientAddress } = viewer;
  if (clientAddress === undefined || !ipaddr.isValid(clientAddress)) return undefined;
  const address = ipaddr.process(clientAddress);
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, NETWORK_GROUPS)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
