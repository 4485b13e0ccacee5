import { findFreePort, generateKeyPair, startOpenSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import type { SshEndpoint } from './connection.ts';
import { createConnectionPool } from './connectionPool.ts';
import type { JumpHost } from './jumpHosts.ts';
import { parseNetworks } from './networks.ts';
import { connectTo, describeOpenSsh, endpointOf, hostKinds, loopback, run } from './testHosts.ts';

const accept = async () => 'accepted' as const;

function jumpOver(host: TestHost, change: Partial<JumpHost> = {}): JumpHost {
  const verifyHostKey = async ({ publicKey }: { publicKey: string }) =>
    publicKey === host.hostKey.publicKey ? ('accepted' as const) : ('mismatch' as const);
  return { endpoint: endpointOf(host), verifyHostKey, ...change };
}

describe.each(hostKinds)('through %s', (_kind, start) => {
  let hosts: TestHost[];
  beforeAll(async () => {
    hosts = await Promise.all([start(), start(), start()]);
  });
  afterAll(() => Promise.all(hosts.map((host) => host.stop())));
  const [first, second, target] = [0, 1, 2].map((index) => () => hosts[index] as TestHost);
  if (!first || !second || !target) throw new Error('three hosts');

  test('one host a command is run on another, cancelled there, and large output comes whole', async () => {
    const connection = await connectTo(target(), { jump: jumpOver(first()) });
    expect(connection.hostKey).toEqual(target().hostKey);
    expect((await run(connection, 'echo here; seq 300000 | tail -1')).stdout).toBe('here\n300000\n');
    const { result } = await run(connection, 'exec sleep 60', { wallTimeSeconds: 0.5 });
    expect(result).toMatchObject({ kind: 'timedOut', stopped: true });
    await connection.close();
  });

  test('a chain of two hosts, each of them is verified', async () => {
    const chain = jumpOver(second(), { endpoint: { ...endpointOf(second()), jump: jumpOver(first()) } });
    const connection = await connectTo(target(), { jump: chain });
    expect((await run(connection, 'echo far')).stdout).toBe('far\n');
    await connection.close();
  });

  test('a jump host with another key ends it, and neither it nor the target gets a credential', async () => {
    const before = hosts.map((host) => host.authenticationAttempts());
    const jump = jumpOver(first(), { verifyHostKey: async () => 'mismatch' });
    await expect(connectTo(target(), { jump })).rejects.toMatchObject({
      reason: 'HOST_KEY_MISMATCH',
      message: expect.stringMatching(/^Jump host 127\.0\.0\.1: /),
      hostKey: first().hostKey,
    });
    expect(hosts.map((host) => host.authenticationAttempts())).toEqual(before);
  });

  test('a target with another key ends it, and gets no credential', async () => {
    const before = target().authenticationAttempts();
    const connecting = connectTo(target(), { jump: jumpOver(first()) }, { verifyHostKey: async () => 'mismatch' });
    await expect(connecting).rejects.toMatchObject({ reason: 'HOST_KEY_MISMATCH', hostKey: target().hostKey });
    expect(target().authenticationAttempts()).toBe(before);
  });

  test('a jump host that does not accept the credential, and one that does not reach the target, say which', async () => {
    const authentication = { kind: 'privateKey', privateKey: Secret.from(generateKeyPair().privateKey) } as const;
    const stranger = jumpOver(first(), { endpoint: { ...endpointOf(first()), authentication } });
    await expect(connectTo(target(), { jump: stranger })).rejects.toMatchObject({
      reason: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('Jump host'),
    });
    const port = await findFreePort();
    await expect(connectTo(target(), { port, jump: jumpOver(first()) })).rejects.toMatchObject({
      reason: 'CONNECTION_REFUSED',
      message: expect.stringContaining('jump host does not reach'),
    });
  });

  test.each(['127.0.0.1', 'localhost', 'x.LOCALHOST', '0x7f.1', '169.254.169.254', '::1', 'fd00:ec2::254'])(
    'a jump host is not asked for %s',
    async (address) => {
      const jump = jumpOver(first());
      const connecting = connectTo(
        target(),
        { address, jump },
        { allowedNetworks: parseNetworks([]), through: {} as never },
      );
      await expect(connecting).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' });
    },
  );

  test('many targets share the connection to their jump host', async () => {
    const pool = createConnectionPool();
    const before = first().authenticationAttempts();
    const endpoints: SshEndpoint[] = [second(), target(), second(), target()].map((host) => ({
      ...endpointOf(host),
      jump: jumpOver(first()),
    }));
    const options = { allowedNetworks: loopback, verifyHostKey: accept };
    const outputs = await Promise.all(
      endpoints.map(async (endpoint, index) => {
        const connection = await pool.connect(endpoint, options);
        const { stdout } = await run(connection, `echo ${index}`);
        await connection.close();
        return stdout;
      }),
    );
    expect(outputs).toEqual(['0\n', '1\n', '2\n', '3\n']);
    expect(first().authenticationAttempts() - before).toBe(2);

    // A jump host that is not trusted any more ends what goes through it.
    const distrusted = jumpOver(first(), { verifyHostKey: async () => 'mismatch' });
    await expect(pool.connect({ ...endpointOf(target()), jump: distrusted }, options)).rejects.toMatchObject({
      reason: 'HOST_KEY_MISMATCH',
    });
    await pool.close();
  });
});

describeOpenSsh('algorithms', () => {
  test.each([['KexAlgorithms diffie-hellman-group14-sha1'], ['HostKeyAlgorithms ssh-rsa'], ['Ciphers aes128-cbc']])(
    'a host that knows only "%s" is connected to where someone allows it',
    async (line) => {
      const { default: ssh2 } = await import('ssh2');
      const { private: rsa } = ssh2.utils.generateKeyPairSync('rsa', { bits: 2_048 });
      const host = await startOpenSshHost({ config: [line], otherHostKeys: [rsa] });
      await expect(connectTo(host)).rejects.toMatchObject({ reason: 'HANDSHAKE_FAILED' });
      const connection = await connectTo(host, { allowsOldAlgorithms: true });
      expect((await run(connection, 'echo old')).stdout).toBe('old\n');
      await connection.close();
      await host.stop();
    },
  );
});
