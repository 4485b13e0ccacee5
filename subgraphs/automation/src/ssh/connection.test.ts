import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { findFreePort, generateKeyPair, startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import ssh2 from 'ssh2';
import type { SshAuthentication } from './authentication.ts';
import { parseNetworks } from './networks.ts';
import { connectTo, describeOpenSsh, hostKinds, run } from './testHosts.ts';

const password = (text: string): SshAuthentication => ({ kind: 'password', password: Secret.from(text) });
const privateKey = (text: string, passphrase?: string): SshAuthentication => ({
  kind: 'privateKey',
  privateKey: Secret.from(text),
  ...(passphrase !== undefined && { passphrase: Secret.from(passphrase) }),
});

describe.each(hostKinds)('connecting to %s', (_kind, start) => {
  let host: TestHost;
  beforeAll(async () => {
    host = await start();
  });
  afterAll(() => host.stop());

  test('the host key is what the host says it is, and one try is enough', async () => {
    const before = host.authenticationAttempts();
    const connection = await connectTo(
      host,
      {},
      {
        verifyHostKey: async (presented) => {
          expect(host.authenticationAttempts()).toBe(before);
          return presented.publicKey === host.hostKey.publicKey ? 'accepted' : 'mismatch';
        },
      },
    );
    expect(connection.hostKey).toEqual(host.hostKey);
    expect(connection.isOpen).toBe(true);
    await connection.close();
    expect(connection.isOpen).toBe(false);
  });

  test('a host key that is not accepted ends it before any credential is sent', async () => {
    const before = host.authenticationAttempts();
    const connecting = connectTo(host, {}, { verifyHostKey: async () => 'mismatch' });
    await expect(connecting).rejects.toMatchObject({ reason: 'HOST_KEY_MISMATCH', hostKey: host.hostKey });
    expect(host.authenticationAttempts()).toBe(before);
  });

  test('a verdict that fails ends it before any credential is sent', async () => {
    const before = host.authenticationAttempts();
    const broken = new Error('no verdict');
    await expect(connectTo(host, {}, { verifyHostKey: () => Promise.reject(broken) })).rejects.toBe(broken);
    expect(host.authenticationAttempts()).toBe(before);
  });

  test.each<[string, () => Partial<Parameters<typeof connectTo>[1]>]>([
    ['a wrong key', () => ({ authentication: privateKey(generateKeyPair().privateKey) })],
    ['a wrong password', () => ({ authentication: password('wrong') })],
    ['an unknown user', () => ({ username: 'nobody-here' })],
  ])('%s is AUTHENTICATION_FAILED', async (_what, endpoint) => {
    await expect(connectTo(host, endpoint())).rejects.toMatchObject({ reason: 'AUTHENTICATION_FAILED' });
  });

  test.each<[string, SshAuthentication]>([
    ['no key', privateKey('nonsense')],
    ['a public key', privateKey(generateKeyPair().publicLine)],
    ['an encrypted key without its passphrase', privateKey(generateKeyPair('right').privateKey)],
    ['an encrypted key with a wrong passphrase', privateKey(generateKeyPair('right').privateKey, 'wrong')],
  ])('%s is CREDENTIAL_UNREADABLE, and the host hears nothing', async (_what, authentication) => {
    const before = host.authenticationAttempts();
    await expect(connectTo(host, { authentication })).rejects.toMatchObject({ reason: 'CREDENTIAL_UNREADABLE' });
    expect(host.authenticationAttempts()).toBe(before);
  });

  test('nobody at the port is CONNECTION_REFUSED', async () => {
    const port = await findFreePort();
    await expect(connectTo(host, { port })).rejects.toMatchObject({ reason: 'CONNECTION_REFUSED' });
  });

  test('the next address is tried when the first does not answer', async () => {
    const resolve = async () => ['127.0.0.2', '127.0.0.1'];
    const connection = await connectTo(host, { address: 'a.test' }, { resolve });
    await connection.close();
  });

  test('the name is resolved once, and policy applies to what it means', async () => {
    let resolutions = 0;
    const resolve = async () => {
      resolutions += 1;
      return ['127.0.0.1'];
    };
    const refused = connectTo(host, { address: 'db1.test' }, { resolve, allowedNetworks: parseNetworks([]) });
    await expect(refused).rejects.toMatchObject({ reason: 'ADDRESS_REFUSED' });
    expect(resolutions).toBe(1);
  });

  test('a name without an address is ADDRESS_NOT_RESOLVED', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND'));
    const connecting = connectTo(host, { address: 'nowhere.invalid' }, { resolve });
    await expect(connecting).rejects.toMatchObject({ reason: 'ADDRESS_NOT_RESOLVED' });
  });

  test('the reason of the signal is the rejection, while the verdict on the host key is awaited', async () => {
    const leaving = new AbortController();
    const verifyHostKey = () => {
      leaving.abort(new Error('no longer wanted'));
      return new Promise<never>(() => {});
    };
    await expect(connectTo(host, {}, { verifyHostKey, signal: leaving.signal })).rejects.toThrow('no longer wanted');
    await expect(connectTo(host, {}, { signal: leaving.signal })).rejects.toThrow('no longer wanted');
  });

  test('a host that loses its connections is noticed', async () => {
    const connection = await connectTo(host);
    host.dropConnections();
    await connection.closed;
    expect(connection.isOpen).toBe(false);
    await connection.close();
  });

  test('a replaced host key is seen by new connections, and those that exist go on', async () => {
    const connection = await connectTo(host);
    await host.replaceHostKey();
    expect((await run(connection, 'echo same')).stdout).toBe('same\n');
    const next = await connectTo(host);
    expect(next.hostKey).toEqual(host.hostKey);
    expect(next.hostKey).not.toEqual(connection.hostKey);
    await Promise.all([connection.close(), next.close()]);
  });
});

describe('a host that', () => {
  let host: TestHost | undefined;
  afterEach(() => host?.stop());

  test('says nothing is CONNECT_TIMEOUT', async () => {
    host = await startSshHost({ faults: { isMute: true } });
    const connecting = connectTo(host, {}, { limits: { connectSeconds: 0.2 } });
    await expect(connecting).rejects.toMatchObject({ reason: 'CONNECT_TIMEOUT' });
  });

  test('never decides is AUTHENTICATION_TIMEOUT', async () => {
    host = await startSshHost({ faults: { isUndecided: true } });
    const connecting = connectTo(host, {}, { limits: { authenticateSeconds: 0.2 } });
    await expect(connecting).rejects.toMatchObject({ reason: 'AUTHENTICATION_TIMEOUT' });
  });

  test('drops the first connections is tried again, and gets the credential once', async () => {
    host = await startSshHost({ faults: { dropsFirst: 2 }, password: 'right' });
    const connection = await connectTo(host, { authentication: password('right') }, { random: () => 0 });
    expect(host.authenticationAttempts()).toBe(1);
    await connection.close();
  });

  test('drops every connection is HANDSHAKE_FAILED in the end', async () => {
    host = await startSshHost({ faults: { dropsFirst: Infinity } });
    const connecting = connectTo(host, {}, { random: () => 0, limits: { tries: 3 } });
    await expect(connecting).rejects.toMatchObject({ reason: 'HANDSHAKE_FAILED' });
  });

  test('takes the password takes it', async () => {
    host = await startSshHost({ password: 'right' });
    const connection = await connectTo(host, { authentication: password('right') });
    await connection.close();
  });

  test('asks for the password as a question is answered, once', async () => {
    host = await startSshHost({ password: 'right', asksForPassword: true });
    const connection = await connectTo(host, { authentication: password('right') });
    await connection.close();
    const before = host.authenticationAttempts();
    await expect(connectTo(host, { authentication: password('wrong') })).rejects.toMatchObject({
      reason: 'AUTHENTICATION_FAILED',
    });
    expect(host.authenticationAttempts() - before).toBe(2);
  });

  test('wants a new password is told to its owner', async () => {
    host = await startSshHost({ password: 'old', faults: { wantsNewPassword: true } });
    await expect(connectTo(host, { authentication: password('old') })).rejects.toMatchObject({
      reason: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('to be changed'),
    });
  });

  test('takes a key that is stored encrypted takes it', async () => {
    const key = generateKeyPair('open sesame');
    host = await startSshHost({ key });
    const connection = await connectTo(host, { authentication: privateKey(key.privateKey, 'open sesame') });
    await connection.close();
  });
});

test('a host key that the server does not own is not even judged', async () => {
  const [own, stolen] = [generateKeyPair(), generateKeyPair()].map(({ privateKey: pem }) => ssh2.utils.parseKey(pem));
  if (!own || !stolen || own instanceof Error || stolen instanceof Error) throw new Error('no keys');
  const impostor = Object.assign(own, { getPublicSSH: () => stolen.getPublicSSH() });
  const server = new ssh2.Server({ hostKeys: [{ key: impostor }] }, (client) => client.on('error', () => {}));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const host = await startSshHost();
  let verdicts = 0;
  const verifyHostKey = async () => {
    verdicts += 1;
    return 'accepted' as const;
  };
  const { port } = server.address() as AddressInfo;
  const connecting = connectTo(host, { port }, { verifyHostKey });
  await expect(connecting).rejects.toMatchObject({
    reason: 'HANDSHAKE_FAILED',
    message: expect.stringContaining('signature verification failed'),
  });
  expect(verdicts).toBe(0);
  server.close();
  await host.stop();
});

describeOpenSsh('only OpenSSH', () => {
  let host: Awaited<ReturnType<typeof startOpenSshHost>>;
  afterEach(() => host.stop());

  test('drops connections beyond MaxStartups, and is tried again', async () => {
    host = await startOpenSshHost({ config: ['MaxStartups 1'] });
    const first = connectSocket(host.port, host.address);
    await once(first, 'data');
    const connecting = connectTo(host);
    await host.logged(/MaxStartups/);
    first.destroy();
    await (await connecting).close();
  });

  test('without an algorithm in common is HANDSHAKE_FAILED, and is not tried again', async () => {
    host = await startOpenSshHost({ config: ['KexAlgorithms diffie-hellman-group14-sha256'] });
    await expect(connectTo(host, {}, { random: () => 1e9 })).rejects.toMatchObject({
      reason: 'HANDSHAKE_FAILED',
      message: expect.stringContaining('key exchange algorithm'),
    });
  });

  test('with several host keys presents the one whose type is pinned', async () => {
    const { private: rsa } = ssh2.utils.generateKeyPairSync('rsa', { bits: 2_048 });
    host = await startOpenSshHost({ otherHostKeys: [rsa] });
    const byDefault = await connectTo(host);
    const pinned = await connectTo(host, {}, { pinnedAlgorithms: ['ssh-rsa'] });
    expect([byDefault.hostKey.algorithm, pinned.hostKey.algorithm]).toEqual(['ssh-ed25519', 'ssh-rsa']);
    await Promise.all([byDefault.close(), pinned.close()]);
  });

  test('renews its session keys, and is not judged again', async () => {
    host = await startOpenSshHost({ config: ['RekeyLimit 1M'] });
    let verdicts = 0;
    const verifyHostKey = async () => {
      verdicts += 1;
      return 'accepted' as const;
    };
    const connection = await connectTo(host, {}, { verifyHostKey });
    const { stdout, result } = await run(connection, 'head -c 8000000 /dev/zero | tr "\\0" x');
    expect([stdout.replaceAll('\n', '').length, result.kind, verdicts]).toEqual([8_000_000, 'exited', 1]);
    await connection.close();
  });

  test('that is frozen is noticed by keep-alives', async () => {
    host = await startOpenSshHost();
    const connection = await connectTo(host, {}, { limits: { keepAliveSeconds: 0.05, keepAliveCount: 2 } });
    for (const id of host.sessions()) process.kill(id, 'SIGSTOP');
    await connection.closed;
    expect(connection.isOpen).toBe(false);
  });

  test('that is frozen can be left', async () => {
    host = await startOpenSshHost();
    const connection = await connectTo(host);
    for (const id of host.sessions()) process.kill(id, 'SIGSTOP');
    await connection.close();
    expect(connection.isOpen).toBe(false);
  });
});
