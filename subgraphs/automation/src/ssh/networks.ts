import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A set of networks, such as those that may be connected to although policy forbids them otherwise. */
export interface Networks {
  contains(address: Address): boolean;
}

/**
 * @param list CIDR blocks or single addresses, v4 or v6
 * @throws Error that names the first entry that is neither
 */
export function parseNetworks(list: readonly string[]): Networks {
  const blocks = list.map(parseBlock);
  return {
    contains: (address) =>
      blocks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits)),
  };
}

/** An address as the network sees it: IPv4 in its IPv6 disguise (`::ffff:127.0.0.1`) is IPv4. */
export function parseAddress(text: string): Address {
  return ipaddr.process(text);
}

function parseBlock(text: string): [Address, number] {
  const entry = text.trim();
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.isValid(entry)) throw new Error(`"${text}" is not a network such as 10.0.0.0/8, nor an address`);
  const address = ipaddr.parse(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
