import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { resolveTarget } from './address.ts';
import type { AddressPolicy } from './address.ts';
import { createAttempts } from './authentication.ts';
import type { NextAttempt, SshAuthentication } from './authentication.ts';
import { startCommand } from './command.ts';
import type { CommandOptions, RunningCommand } from './command.ts';
import { Deadline, untilAborted } from './deadline.ts';
import { SshFault } from './fault.ts';
import { openSftpFiles } from './files/sftpFiles.ts';
import type { Files } from './files/transfer.ts';
import { authenticate } from './handshake.ts';
import type { SshSession } from './handshake.ts';
import { DroppedEarly } from './handshakeFaults.ts';
import type { HostKey, VerifyHostKey } from './hostKeys.ts';
import { faultOfJump, forward } from './jumpHosts.ts';
import type { JumpHost } from './jumpHosts.ts';
import { openSocket } from './socket.ts';
import { asWork } from './work.ts';
import type { Work } from './work.ts';

export interface SshEndpoint {
  /** Name or address, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly authentication: SshAuthentication;
  /** The host from which this one is reached, where it is not reached from here. */
  readonly jump?: JumpHost;
  /** For a host that knows nothing better: see `algorithms.ts`. Its owner should know. */
  readonly allowsOldAlgorithms?: boolean;
}

export interface ConnectOptions extends AddressPolicy {
  readonly verifyHostKey: VerifyHostKey;
  /** Types of the keys that are pinned for the host (`ssh-ed25519`, ...): the server is asked for one of these first. */
  readonly pinnedAlgorithms?: readonly string[];
  readonly signal?: AbortSignal;
  readonly limits?: Partial<ConnectLimits>;
  /** A connection to the jump host of the endpoint. Default: a new one, which ends with what was reached through it. */
  readonly through?: Client;
  /** A number in [0, 1), for the jitter between tries. */
  readonly random?: () => number;
}

export interface ConnectLimits {
  /** From the resolution of the name to the end of the key exchange, all tries together. */
  readonly connectSeconds: number;
  /** From there to the end of authentication, the verdict on the host key included. */
  readonly authenticateSeconds: number;
  readonly keepAliveSeconds: number;
  /** Unanswered keep-alives after which the connection counts as lost. */
  readonly keepAliveCount: number;
  /** Connections to a server that drops them before it says which host it is. Credentials are sent on one at most. */
  readonly tries: number;
}

export const CONNECT_LIMITS: ConnectLimits = {
  connectSeconds: 10,
  authenticateSeconds: 15,
  keepAliveSeconds: 15,
  keepAliveCount: 3,
  tries: 5,
};

/** An authenticated connection. Servers allow ten sessions at once on it (OpenSSH: MaxSessions); stopping takes one. */
export interface SshConnection {
  readonly hostKey: HostKey;
  readonly isOpen: boolean;
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  /**
   * @param work a command line, or more
   * @throws WorkRefused at once when it cannot be sent
   */
  run(work: string | Work, options: CommandOptions): RunningCommand;
  /**
   * Opens a channel for files; close it.
   * @throws TransferFault
   */
  files(): Promise<Files>;
  /** Ends the connection. Commands that run are not stopped by it: their result is `lost`. */
  close(): Promise<void>;
}

/** @throws SshFault, what `verifyHostKey` rejects with, or the reason of `options.signal` */
export async function connect(endpoint: SshEndpoint, options: ConnectOptions): Promise<Connection> {
  const { jump } = endpoint;
  if (!jump || options.through) return connectDirectly(endpoint, options);
  const hop = await connectJump(jump, options, connect);
  try {
    const connection = await connectDirectly(endpoint, { ...options, through: hop.client });
    void connection.closed.then(() => hop.close());
    return connection;
  } catch (error) {
    await hop.close();
    throw error;
  }
}

/** @param connectTo how jump hosts are connected to */
export async function connectJump<Hop>(
  jump: JumpHost,
  options: ConnectOptions,
  connectTo: (endpoint: SshEndpoint, options: ConnectOptions) => Promise<Hop>,
): Promise<Hop> {
  const { verifyHostKey, pinnedAlgorithms = [] } = jump;
  try {
    return await connectTo(jump.endpoint, { ...options, verifyHostKey, pinnedAlgorithms });
  } catch (error) {
    throw faultOfJump(error, jump);
  }
}

async function connectDirectly(endpoint: SshEndpoint, options: ConnectOptions): Promise<Connection> {
  const limits = { ...CONNECT_LIMITS, ...options.limits };
  const nextAttempt = createAttempts(endpoint.username, endpoint.authentication);
  const connecting = new Deadline(
    limits.connectSeconds,
    () => new SshFault('CONNECT_TIMEOUT', `${endpoint.address} did not answer in time.`),
    options.signal,
  );
  try {
    const addresses = options.through
      ? []
      : await untilAborted(resolveTarget(endpoint.address, options), connecting.signal);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return new Connection(await tryOnce(endpoint, addresses, { ...options, limits, nextAttempt, connecting }));
      } catch (error) {
        if (!(error instanceof DroppedEarly) || attempt >= limits.tries) throw error;
      }
      const jitter = 0.5 + (options.random ?? Math.random)();
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * jitter, connecting.signal);
    }
  } finally {
    connecting.clear();
  }
}

interface TryOptions extends ConnectOptions {
  readonly limits: ConnectLimits;
  readonly nextAttempt: NextAttempt;
  readonly connecting: Deadline;
}

async function tryOnce(
  endpoint: SshEndpoint,
  addresses: readonly string[],
  { connecting, limits, nextAttempt, verifyHostKey, pinnedAlgorithms = [], through, ...policy }: TryOptions,
): Promise<SshSession> {
  const { address, port, username, allowsOldAlgorithms = false } = endpoint;
  const socket = through
    ? await forward(through, endpoint, policy, connecting.signal)
    : await openSocket(address, addresses, port, connecting.signal);
  return authenticate(socket, {
    ...limits,
    name: address,
    username,
    nextAttempt,
    verifyHostKey,
    pinnedAlgorithms,
    allowsOldAlgorithms,
    onExchanged: () => connecting.clear(),
    signal: connecting.signal,
  });
}

const FIRST_PAUSE_MS = 200;

/** @throws the reason of the signal */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** How long a server may take to close its end. */
const LEAVE_MS = 1_000;

/** What {@link connect} makes, with what only this folder sees. */
export class Connection implements SshConnection {
  readonly hostKey: HostKey;
  readonly closed: Promise<void>;
  readonly #session: SshSession;
  #isOpen = true;

  constructor(session: SshSession) {
    this.hostKey = session.hostKey;
    this.closed = session.closed;
    this.#session = session;
    void session.closed.then(() => (this.#isOpen = false));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get client(): Client {
    return this.#session.client;
  }

  run(work: string | Work, options: CommandOptions): RunningCommand {
    return startCommand(this.client, asWork(work), options);
  }

  files(): Promise<Files> {
    return openSftpFiles(this.client);
  }

  /**
   * Whether the server answers within `ms`. It is asked to end a forwarding that does not exist: the one global request
   * (RFC 4254, 4) of ssh2 that has no effect, and every server answers it.
   */
  async respondsWithin(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, ms, false);
    void this.closed.then(() => resolve(false));
    try {
      this.client.unforwardIn('', 0, () => resolve(true));
    } catch {
      resolve(false);
    }
    return promise.finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    this.#session.client.end();
    const impatience = setTimeout(() => this.#session.destroy(), LEAVE_MS);
    await this.closed;
    clearTimeout(impatience);
  }
}
