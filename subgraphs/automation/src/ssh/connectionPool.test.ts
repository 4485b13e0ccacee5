import { generateKeyPair, startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { Secret } from '@opsconductor/vault';
import { createConnectionPool } from './connectionPool.ts';
import type { ConnectionPool } from './connectionPool.ts';
import type { ConnectOptions, SshConnection, SshEndpoint } from './connection.ts';
import { collect, commandOptions, describeOpenSsh, endpointOf, hostKinds, loopback, run } from './testHosts.ts';

let pool: ConnectionPool;
let host: TestHost;
afterEach(async () => {
  await pool.close();
  await host.stop();
});

const accept = async () => 'accepted' as const;

function connect(change: Partial<SshEndpoint> = {}, options: Partial<ConnectOptions> = {}): Promise<SshConnection> {
  return pool.connect(
    { ...endpointOf(host), ...change },
    { allowedNetworks: loopback, verifyHostKey: accept, ...options },
  );
}

/** A key is offered and then used: two attempts. */
const handshakes = () => host.authenticationAttempts() / 2;

/** Runs a command on a connection of its own use. */
async function use(command: string, change: Partial<SshEndpoint> = {}): Promise<string> {
  const connection = await connect(change);
  try {
    return (await run(connection, command)).stdout;
  } finally {
    await connection.close();
  }
}

describe.each(hostKinds)('connections to %s', (_kind, start) => {
  test('one after the other are one', async () => {
    [pool, host] = [createConnectionPool(), await start()];
    for (const word of ['first', 'second', 'third']) expect(await use(`echo ${word}`)).toBe(`${word}\n`);
    expect(handshakes()).toBe(1);
  });

  test('that are wanted at once share a handshake, up to three users, and all work', async () => {
    [pool, host] = [createConnectionPool(), await start()];
    const outputs = await Promise.all(Array.from({ length: 7 }, (_, index) => use(`sleep 0.2; echo ${index}`)));
    expect(outputs).toEqual(Array.from({ length: 7 }, (_, index) => `${index}\n`));
    expect(handshakes()).toBe(3);
  });

  test('that were lost while nobody used them are replaced', async () => {
    [pool, host] = [createConnectionPool(), await start()];
    const connection = await connect();
    await connection.close();
    host.dropConnections();
    await connection.closed;
    expect(await use('echo again')).toBe('again\n');
    expect(handshakes()).toBe(2);
  });

  test('that were lost unnoticed are replaced when the command finds no session', async () => {
    [pool, host] = [createConnectionPool({ trustedSeconds: Infinity }), await start()];
    await use('true');
    const connection = await connect();
    host.dropConnections();
    expect(await run(connection, 'echo again')).toMatchObject({ stdout: 'again\n', result: { exitCode: 0 } });
    await connection.close();
  });

  test('do not outlive the trust in the host key', async () => {
    [pool, host] = [createConnectionPool(), await start()];
    const first = await connect();
    const refused = connect({}, { verifyHostKey: async () => 'mismatch' });
    await expect(refused).rejects.toMatchObject({ reason: 'HOST_KEY_MISMATCH' });
    expect(first.isOpen).toBe(true);
    await first.close();
    await first.closed;
    expect(await use('echo new')).toBe('new\n');
    expect(handshakes()).toBe(2);
  });

  test('are judged for every user', async () => {
    [pool, host] = [createConnectionPool(), await start()];
    const presented: string[] = [];
    const verifyHostKey: ConnectOptions['verifyHostKey'] = async ({ publicKey }) => {
      presented.push(publicKey);
      return 'accepted';
    };
    for (const _ of [1, 2, 3]) await (await connect({}, { verifyHostKey })).close();
    expect(presented).toEqual(Array(3).fill(host.hostKey.publicKey));
  });
});

test('a credential that was replaced keeps no connection, and the old one gets none', async () => {
  const key = generateKeyPair();
  [pool, host] = [createConnectionPool(), await startSshHost({ password: 'new', key })];
  const withKey = await connect();
  const password = (text: string) => ({ kind: 'password', password: Secret.from(text) }) as const;
  expect(await use('echo rotated', { authentication: password('new') })).toBe('rotated\n');
  expect(withKey.isOpen).toBe(true);
  await withKey.close();
  await withKey.closed;
  await expect(connect({ authentication: password('old') })).rejects.toMatchObject({ reason: 'AUTHENTICATION_FAILED' });
});

test('a wrong password is tried once for all who wait for it', async () => {
  [pool, host] = [createConnectionPool(), await startSshHost({ password: 'right' })];
  const authentication = { kind: 'password', password: Secret.from('wrong') } as const;
  const tries = await Promise.allSettled([1, 2, 3].map(() => connect({ authentication })));
  expect(tries.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(host.authenticationAttempts()).toBe(1);
});

test('who waits for a handshake that its owner gives up makes one of his own', async () => {
  [pool, host] = [createConnectionPool(), await startSshHost()];
  const leaving = new AbortController();
  const judging = Promise.withResolvers<void>();
  const verifyHostKey = () => {
    judging.resolve();
    return new Promise<never>(() => {});
  };
  const abandoned = connect({}, { verifyHostKey, signal: leaving.signal });
  await judging.promise;
  const waiting = connect();
  leaving.abort(new Error('not wanted'));
  await expect(abandoned).rejects.toThrow('not wanted');
  expect(await run(await waiting, 'echo mine')).toMatchObject({ stdout: 'mine\n' });
});

test.each([1, 2])('a host that gives %i sessions on a connection gets more connections', async (maxSessions) => {
  [pool, host] = [createConnectionPool(), await startSshHost({ maxSessions })];
  const outputs = await Promise.all(Array.from({ length: 6 }, (_, index) => use(`sleep 0.2; echo ${index}`)));
  expect(outputs).toEqual(Array.from({ length: 6 }, (_, index) => `${index}\n`));
});

test('a host that gives no session at all is told as that, at once', async () => {
  [pool, host] = [createConnectionPool(), await startSshHost({ maxSessions: 0 })];
  expect((await run(await connect(), 'true')).result).toMatchObject({ kind: 'notStarted' });
  expect(handshakes()).toBe(1);
});

test('idle connections end, and the one that has waited longest goes when there are too many', async () => {
  const others = await Promise.all([startSshHost(), startSshHost()]);
  [pool, host] = [createConnectionPool({ idleConnections: 2, idleSeconds: 0.5 }), await startSshHost()];
  const connections: SshConnection[] = [];
  for (const each of [host, ...others]) {
    const connection = await connect(endpointOf(each));
    connections.push(connection);
    await connection.close();
  }
  const [first, second, third] = connections.map(({ closed }, index) => closed.then(() => index));
  expect(await Promise.race([first, second, third])).toBe(0);
  expect(await Promise.all([second, third])).toEqual([1, 2]);
  await Promise.all(others.map((other) => other.stop()));
});

test('an old connection gets no new users', async () => {
  [pool, host] = [createConnectionPool({ lifeSeconds: 0 }), await startSshHost()];
  await use('true');
  await use('true');
  expect(handshakes()).toBe(2);
});

test('cancelling a command on a shared connection leaves the others alone', async () => {
  [pool, host] = [createConnectionPool(), await startSshHost()];
  const [one, other] = await Promise.all([connect(), connect()]);
  const leaving = new AbortController();
  const cancelled = collect(one.run('echo x; exec sleep 60', commandOptions({ signal: leaving.signal })), () =>
    leaving.abort(),
  );
  const spared = collect(other.run('sleep 1; echo spared', commandOptions()));
  expect((await cancelled).result).toMatchObject({ kind: 'cancelled', stopped: true });
  expect((await spared).stdout).toBe('spared\n');
  expect(handshakes()).toBe(1);
});

describeOpenSsh('only OpenSSH', () => {
  test('that is frozen is not given to anybody who comes later', async () => {
    const openSsh = await startOpenSshHost();
    [pool, host] = [createConnectionPool({ trustedSeconds: 0 }), openSsh];
    await use('true');
    const frozen = openSsh.sessions();
    for (const id of frozen) process.kill(id, 'SIGSTOP');
    expect(await use('echo thawed')).toBe('thawed\n');
  });

  test('with MaxSessions 2 runs a dozen commands at once', async () => {
    [pool, host] = [createConnectionPool(), await startOpenSshHost({ config: ['MaxSessions 2'] })];
    const outputs = await Promise.all(Array.from({ length: 12 }, (_, index) => use(`sleep 0.2; echo ${index}`)));
    expect(outputs).toEqual(Array.from({ length: 12 }, (_, index) => `${index}\n`));
  });
});
