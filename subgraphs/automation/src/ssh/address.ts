import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';
import { SshFault } from './fault.ts';
import { parseAddress, parseNetworks } from './networks.ts';
import type { Address, Networks } from './networks.ts';

/** All addresses of a name, best first. Rejects when there is none. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

export interface AddressPolicy {
  /** Networks that may be connected to although they are forbidden otherwise. */
  readonly allowedNetworks: Networks;
  readonly resolve?: ResolveName;
  /** Addresses of this machine. */
  readonly ownAddresses?: () => readonly string[];
}

/**
 * Resolves a name once and checks what it means. Connect to what is returned and to nothing else: a second resolution
 * may mean something else, and a literal has many spellings (`0x7f.1` is loopback) that only its resolution unifies.
 *
 * @returns the addresses that may be connected to, best first, at least one
 * @throws SshFault ADDRESS_NOT_RESOLVED, or ADDRESS_REFUSED when every address is forbidden
 */
export async function resolveTarget(
  name: string,
  { allowedNetworks, resolve = resolveBySystem, ownAddresses = addressesOfThisMachine }: AddressPolicy,
): Promise<readonly string[]> {
  const found = await resolve(name).catch((cause: unknown) => {
    throw new SshFault('ADDRESS_NOT_RESOLVED', `${name} has no address.`, { cause });
  });
  const addresses = found.map(parseAddress);
  const own = new Set(ownAddresses());
  const permitted = addresses.filter((address) => allowedNetworks.contains(address) || !objectionTo(address, own));
  const [first] = addresses;
  if (!first) throw new SshFault('ADDRESS_NOT_RESOLVED', `${name} has no address.`);
  if (permitted.length === 0)
    throw new SshFault(
      'ADDRESS_REFUSED',
      `${name} is ${first.toString()}: ${objectionTo(first, own)} are not connected to.`,
    );
  return permitted.map(String);
}

/**
 * Refuses what a jump host must not be asked to connect to: its own loopback, link-local addresses, metadata services. What
 * a name means is known only there, so that names are not checked beyond `localhost`.
 *
 * @throws SshFault ADDRESS_REFUSED
 */
export function refuseForwarding(name: string, { allowedNetworks }: AddressPolicy): void {
  const text = /^(?:.*\.)?localhost\.?$/i.test(name) ? '127.0.0.1' : name;
  if (!ipaddr.isValid(text)) return;
  const address = parseAddress(text);
  const objection = allowedNetworks.contains(address) ? undefined : objectionTo(address, new Set());
  if (objection) throw new SshFault('ADDRESS_REFUSED', `${name}: ${objection} are not connected to.`);
}

async function resolveBySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function addressesOfThisMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}

/** Ranges of ipaddr.js in which a fleet may live. All others (loopback, link-local, multicast, tunnels...) are refused. */
const FLEET_RANGES: ReadonlySet<string> = new Set(['unicast', 'private', 'carrierGradeNat', 'uniqueLocal']);

/** Instance metadata of clouds that put it outside of link-local: Azure, Alibaba, AWS over IPv6, Google over IPv6. */
const METADATA = parseNetworks(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254']);

function objectionTo(address: Address, own: ReadonlySet<string>): string | undefined {
  if (!FLEET_RANGES.has(address.range())) return `${address.range()} addresses`;
  if (METADATA.contains(address)) return 'metadata services';
  if (own.has(address.toString())) return 'addresses of this platform';
  return undefined;
}
