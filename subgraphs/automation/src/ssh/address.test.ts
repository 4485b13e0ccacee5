import { resolveTarget } from './address.ts';
import { parseNetworks } from './networks.ts';

interface World {
  readonly allowed?: readonly string[];
  readonly own?: readonly string[];
}

function resolve(addresses: readonly string[], { allowed = [], own = [] }: World = {}): Promise<readonly string[]> {
  return resolveTarget('name.test', {
    allowedNetworks: parseNetworks(allowed),
    resolve: async () => addresses,
    ownAddresses: () => own,
  });
}

test.each(['10.1.2.3', '192.168.0.1', '100.64.0.1', '8.8.8.8', '2001:db9::1', 'fd12::1'])(
  '%s may be a target',
  async (address) => {
    expect(await resolve([address])).toEqual([address]);
  },
);

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.1.1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['169.254.169.254', 'linkLocal'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['168.63.129.16', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['::1', 'loopback'],
  ['::', 'unspecified'],
  ['fe80::1%eth0', 'linkLocal'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['64:ff9b::7f00:1', 'rfc6052'],
  ['2002:7f00:1::', '6to4'],
  ['fd00:ec2::254', 'metadata'],
])('%s is refused as %s', async (address, kind) => {
  await expect(resolve([address])).rejects.toMatchObject({
    reason: 'ADDRESS_REFUSED',
    message: expect.stringContaining(kind),
  });
});

test('an address of this platform is refused', async () => {
  await expect(resolve(['10.1.2.3'], { own: ['10.1.2.3'] })).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' });
});

test('what configuration allows is allowed, and no more', async () => {
  const allowed = ['127.0.0.0/8', 'fe80::/10', '10.1.2.3'];
  expect(await resolve(['127.0.0.1', 'fe80::1', '10.1.2.3'], { allowed, own: ['10.1.2.3'] })).toHaveLength(3);
  await expect(resolve(['169.254.169.254'], { allowed })).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' });
});

test('of several addresses only the permitted ones are used, in their order', async () => {
  expect(await resolve(['127.0.0.1', '10.0.0.2', '::1', '10.0.0.1'])).toEqual(['10.0.0.2', '10.0.0.1']);
});

test('no address at all is ADDRESS_NOT_RESOLVED', async () => {
  await expect(resolve([])).rejects.toMatchObject({ reason: 'ADDRESS_NOT_RESOLVED' });
});

test.each(['127.1', '0x7f.1', '2130706433', '127.0.0.1', 'localhost', '::1'])(
  'loopback spelled %s is refused after the system has resolved it',
  async (name) => {
    await expect(resolveTarget(name, { allowedNetworks: parseNetworks([]) })).rejects.toMatchObject({
      reason: 'ADDRESS_REFUSED',
    });
  },
);

test.each(['10.0.0.0/33', 'localhost', '', '10.0.0.0/8,127.0.0.1'])('"%s" is not a network', (text) => {
  expect(() => parseNetworks([text])).toThrow(`"${text}" is not a network`);
});
