import pLimit from 'p-limit';
import type { Client } from 'ssh2';
import { startCommand } from './command.ts';
import type { CommandOptions, RunningCommand } from './command.ts';
import { connect, connectJump } from './connection.ts';
import type { ConnectOptions, SshConnection, SshEndpoint } from './connection.ts';
import { untilAborted } from './deadline.ts';
import type { Files } from './files/transfer.ts';
import { SshFault } from './fault.ts';
import type { HostKey, VerifyHostKey } from './hostKeys.ts';
import { identityOf, placeOf } from './identity.ts';
import type { JumpHost } from './jumpHosts.ts';
import { PooledConnection } from './pooledConnection.ts';
import { asWork } from './work.ts';
import type { Work } from './work.ts';

export interface PoolLimits {
  /**
   * Users of one connection at once. Each may have a session for its command, one that stops it, and one for files: three
   * users stay below the ten that OpenSSH gives (MaxSessions). A server that gives fewer is found out.
   */
  readonly usersPerConnection: number;
  /** Connections that wait for their next user, all targets together. The one that has waited longest goes first. */
  readonly idleConnections: number;
  readonly idleSeconds: number;
  /** After it a connection gets no new users: accounts are locked, hosts replaced and names moved meanwhile. */
  readonly lifeSeconds: number;
  /** One that has waited longer is asked whether it is still there before it gets a user. */
  readonly trustedSeconds: number;
  /** Handshakes at once, each of which costs CPU here and on the target. */
  readonly handshakes: number;
}

export const POOL_LIMITS: PoolLimits = {
  usersPerConnection: 3,
  idleConnections: 500,
  idleSeconds: 60,
  lifeSeconds: 900,
  trustedSeconds: 2,
  handshakes: 32,
};

/** How long one that has waited may take to say that it is there. */
const ANSWER_MS = 2_000;

/** Each is a channel of the jump host's connection; OpenSSH has room for many times that. */
const TARGETS_PER_JUMP = 100;

/** Connections that outlive their users. */
export interface ConnectionPool {
  /**
   * As `connect` of `connection.ts`, but may give a connection that exists. Closing it ends this use of it only.
   *
   * Shared are connections of the same address, account and secret: when a credential is replaced, those of the old one get
   * no more users. The host key is judged for every user: one that is not trusted any more ends the connection.
   */
  connect(endpoint: SshEndpoint, options: ConnectOptions): Promise<SshConnection>;
  /** Closes every connection, those in use too. */
  close(): Promise<void>;
}

export function createConnectionPool(limits: Partial<PoolLimits> = {}): ConnectionPool {
  return new Pool({ ...POOL_LIMITS, ...limits });
}

/** Who waits for one handshake, and will share what comes of it. */
interface Handshake {
  users: number;
  /** Resolves with the fault when there is no connection. */
  readonly settled: Promise<SshFault | undefined>;
}

class Pool implements ConnectionPool {
  readonly #limits: PoolLimits;
  readonly #limitHandshakes: ReturnType<typeof pLimit>;
  /** By account and address. */
  readonly #connections = new Map<string, Set<PooledConnection>>();
  /** By identity. */
  readonly #handshakes = new Map<string, Handshake>();
  /** In the order in which they lost their last user. */
  readonly #idle = new Set<PooledConnection>();
  #jumpPool: Pool | undefined;
  #isClosed = false;

  constructor(limits: PoolLimits) {
    this.#limits = limits;
    this.#limitHandshakes = pLimit(limits.handshakes);
  }

  async connect(endpoint: SshEndpoint, options: ConnectOptions): Promise<SshConnection> {
    const take = () => this.#take(endpoint, identityOf(endpoint), options);
    return new Use(await take(), take);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#connections.values()].flatMap((connections) => [...connections]);
    await Promise.all(all.map(({ connection }) => connection.close()));
    await this.#jumpPool?.close();
  }

  async #take(endpoint: SshEndpoint, identity: string, options: ConnectOptions): Promise<PooledConnection> {
    for (;;) {
      options.signal?.throwIfAborted();
      const known = this.#addUser(placeOf(endpoint), identity);
      if (known && (await this.#isFit(known, options, endpoint.jump))) return known;
      if (known) continue;
      const handshake = this.#handshakes.get(identity);
      if (!handshake || handshake.users >= this.#limits.usersPerConnection)
        return this.#open(endpoint, identity, options);
      handshake.users += 1;
      const fault = await untilAborted(handshake.settled, options.signal ?? new AbortController().signal);
      if (fault) throw fault;
    }
  }

  /** Retires the connections of another identity: its credential was replaced. */
  #addUser(place: string, identity: string): PooledConnection | undefined {
    let found: PooledConnection | undefined;
    for (const pooled of this.#connections.get(place) ?? [])
      if (pooled.identity !== identity) pooled.retire();
      else if (!found && pooled.addUser()) found = pooled;
    return found;
  }

  /** Whether a connection is what it was, and may be given to the user who has just been added. */
  async #isFit(
    pooled: PooledConnection,
    { verifyHostKey }: ConnectOptions,
    jump: JumpHost | undefined,
  ): Promise<boolean> {
    this.#idle.delete(pooled);
    let isFit = false;
    try {
      const isThere =
        pooled.idleMs <= this.#limits.trustedSeconds * 1_000 || (await pooled.connection.respondsWithin(ANSWER_MS));
      isFit = isThere && (await isTrusted(pooled, verifyHostKey, jump)) && pooled.isOpen;
      return isFit;
    } finally {
      if (isFit) pooled.begin();
      else this.#discard(pooled);
    }
  }

  #discard(pooled: PooledConnection): void {
    pooled.retire();
    pooled.removeUser();
  }

  async #open(endpoint: SshEndpoint, identity: string, options: ConnectOptions): Promise<PooledConnection> {
    const { promise: settled, resolve } = Promise.withResolvers<SshFault | undefined>();
    const handshake: Handshake = { users: 1, settled };
    this.#handshakes.set(identity, handshake);
    let fault: SshFault | undefined;
    try {
      return await this.#openOwn(endpoint, identity, options);
    } catch (error) {
      // Whoever waits shares it (a wrong password is tried once), unless it is the verdict of this user alone.
      if (error instanceof SshFault && error.reason !== 'HOST_KEY_MISMATCH') fault = error;
      throw error;
    } finally {
      if (this.#handshakes.get(identity) === handshake) this.#handshakes.delete(identity);
      resolve(fault);
    }
  }

  /** Jump hosts have connections of their own for that, shared by many: forwarding takes no session. */
  async #openOwn(endpoint: SshEndpoint, identity: string, options: ConnectOptions): Promise<PooledConnection> {
    const takeHop = (it: SshEndpoint, itsOptions: ConnectOptions) => this.#hops().#take(it, identityOf(it), itsOptions);
    const hop = endpoint.jump && (await connectJump(endpoint.jump, options, takeHop));
    const ownOptions = hop ? { ...options, through: hop.connection.client } : options;
    try {
      const connection = await this.#limitHandshakes(() => connect(endpoint, ownOptions));
      void connection.closed.then(() => hop?.removeUser());
      return this.#keep(placeOf(endpoint), new PooledConnection(connection, identity, this.#limits, hop));
    } catch (error) {
      hop?.removeUser();
      throw error;
    }
  }

  #hops(): Pool {
    return (this.#jumpPool ??= new Pool({ ...this.#limits, usersPerConnection: TARGETS_PER_JUMP }));
  }

  #keep(place: string, pooled: PooledConnection): PooledConnection {
    const connections = this.#connections.get(place) ?? new Set();
    this.#connections.set(place, connections.add(pooled));
    pooled.onIdle = () => this.#rest(pooled);
    void pooled.connection.closed.then(() => {
      this.#idle.delete(pooled);
      connections.delete(pooled);
      if (connections.size === 0 && this.#connections.get(place) === connections) this.#connections.delete(place);
    });
    if (this.#isClosed) pooled.retire();
    return pooled;
  }

  #rest(pooled: PooledConnection): void {
    this.#idle.add(pooled);
    const [longest] = this.#idle;
    if (this.#idle.size > this.#limits.idleConnections) longest?.retire();
  }
}

/** Whether the hosts of the whole way are trusted by this user, too. */
async function isTrusted(
  { connection, hop }: PooledConnection,
  verifyHostKey: VerifyHostKey,
  jump: JumpHost | undefined,
): Promise<boolean> {
  if ((await verifyHostKey(connection.hostKey)) !== 'accepted') return false;
  return !jump || !hop || isTrusted(hop, jump.verifyHostKey, jump.endpoint.jump);
}

/** One use of a connection. It moves to another one when its own gives no session. */
class Use implements SshConnection {
  readonly hostKey: HostKey;
  readonly #take: () => Promise<PooledConnection>;
  #pooled: PooledConnection;
  #isOver = false;

  constructor(pooled: PooledConnection, take: () => Promise<PooledConnection>) {
    this.hostKey = pooled.connection.hostKey;
    this.#pooled = pooled;
    this.#take = take;
  }

  get isOpen(): boolean {
    return !this.#isOver && this.#pooled.isOpen;
  }

  get closed(): Promise<void> {
    return this.#pooled.connection.closed;
  }

  run(work: string | Work, options: CommandOptions): RunningCommand {
    return startCommand(this.#pooled.connection.client, asWork(work), options, () => this.#move());
  }

  async files(): Promise<Files> {
    try {
      return await this.#pooled.connection.files();
    } catch (error) {
      if (await this.#move()) return this.#pooled.connection.files();
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pooled.removeUser();
  }

  /** @returns undefined when its connection is its own, and open: the account has no session to give */
  async #move(): Promise<Client | undefined> {
    const left = this.#pooled;
    if (this.#isOver || !left.refuseMore()) return undefined;
    const next = await this.#take();
    if (this.#isOver) next.removeUser();
    else left.removeUser();
    if (this.#isOver) return undefined;
    this.#pooled = next;
    return next.connection.client;
  }
}
