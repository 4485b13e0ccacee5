import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { algorithmsFor } from './algorithms.ts';
import type { NextAttempt } from './authentication.ts';
import { SshFault } from './fault.ts';
import { closedFault, faultOfClient } from './handshakeFaults.ts';
import { hostKeyOf } from './hostKeys.ts';
import type { HostKey, VerifyHostKey } from './hostKeys.ts';

export interface HandshakeOptions {
  /** What the target is called, for messages. */
  readonly name: string;
  readonly username: string;
  readonly nextAttempt: NextAttempt;
  readonly verifyHostKey: VerifyHostKey;
  readonly pinnedAlgorithms: readonly string[];
  readonly allowsOldAlgorithms: boolean;
  readonly authenticateSeconds: number;
  readonly keepAliveSeconds: number;
  readonly keepAliveCount: number;
  /** Called when the keys are exchanged: the server has proven to own its host key. */
  readonly onExchanged: () => void;
  readonly signal: AbortSignal;
}

/** An authenticated client. */
export interface SshSession {
  readonly client: Client;
  readonly hostKey: HostKey;
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  /** Ends the connection without taking leave. */
  destroy(): void;
}

/**
 * Key exchange, verification of the host key, authentication, in this order.
 *
 * @throws SshFault (a DroppedEarly before the keys are exchanged), what `verifyHostKey` rejects with, or the reason
 *   of the signal; the socket is destroyed then
 */
export async function authenticate(socket: Duplex, options: HandshakeOptions): Promise<SshSession> {
  return new Handshake(socket, options).session();
}

class Handshake {
  readonly #client = new ssh2.Client();
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #socket: Duplex;
  readonly #options: HandshakeOptions;
  #hostKey: HostKey | undefined;
  #isExchanged = false;
  #authenticating: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, options: HandshakeOptions) {
    this.#socket = socket;
    this.#options = options;
    // These stay for the life of the connection: an error makes it useless, and an unheard one would end the process.
    this.#client.on('error', (error) => this.#fail(faultOfClient(error, this.#isExchanged, options)));
    this.#client.on('close', () => {
      this.#fail(closedFault(this.#isExchanged, options.name));
      this.#closed.resolve();
    });
    this.#client.on('ready', () => this.#ready.resolve());
    this.#client.on('change password', () => this.#fail(this.#expired()));
    // One for each command that runs.
    this.#client.setMaxListeners(0);
  }

  async session(): Promise<SshSession> {
    const { signal } = this.#options;
    const abort = () => this.#fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      this.#connect();
      await this.#ready.promise;
      return {
        client: this.#client,
        hostKey: this.#provenHostKey(),
        closed: this.#closed.promise,
        destroy: () => this.#socket.destroy(),
      };
    } catch (error) {
      this.#socket.destroy();
      throw error;
    } finally {
      clearTimeout(this.#authenticating);
      signal.removeEventListener('abort', abort);
    }
  }

  #connect(): void {
    const { username, pinnedAlgorithms, allowsOldAlgorithms, keepAliveSeconds, keepAliveCount } = this.#options;
    this.#client.connect({
      sock: this.#socket,
      username,
      ident: 'OpsConductor',
      algorithms: algorithmsFor(pinnedAlgorithms, allowsOldAlgorithms),
      keepaliveInterval: keepAliveSeconds * 1_000,
      keepaliveCountMax: keepAliveCount,
      readyTimeout: 0,
      // ssh2 asks this before it has checked that the server owns the key, so the key must not be judged (and pinned) yet:
      // that is done before the first credential. Here, a connection that is rekeyed keeps the key it began with.
      hostVerifier: (wire: Buffer) => {
        this.#hostKey ??= hostKeyOf(wire);
        return this.#hostKey.publicKey === wire.toString('base64');
      },
      // The list is null before the first attempt, and false means that there is no other; the types know neither.
      authHandler: (methodsLeft: readonly string[] | null, _isPartial, next) => {
        const attempt = async () => {
          if (methodsLeft === null) await this.#verifyHost();
          next(this.#options.nextAttempt(methodsLeft) ?? (false as never));
        };
        attempt().catch((error: unknown) => this.#fail(error));
      },
    });
  }

  async #verifyHost(): Promise<void> {
    const { name, authenticateSeconds, verifyHostKey, onExchanged } = this.#options;
    this.#isExchanged = true;
    onExchanged();
    this.#authenticating = setTimeout(
      () => this.#fail(new SshFault('AUTHENTICATION_TIMEOUT', `${name} did not finish authentication in time.`)),
      authenticateSeconds * 1_000,
    );
    const hostKey = this.#provenHostKey();
    if ((await verifyHostKey(hostKey)) === 'accepted') return;
    const message = `${name} presents a host key that is not trusted: ${hostKey.algorithm} ${hostKey.fingerprint}.`;
    throw new SshFault('HOST_KEY_MISMATCH', message, { hostKey });
  }

  #provenHostKey(): HostKey {
    if (this.#hostKey) return this.#hostKey;
    throw new SshFault('HANDSHAKE_FAILED', `${this.#options.name} presented no host key.`);
  }

  #expired(): SshFault {
    const { name, username } = this.#options;
    return new SshFault('AUTHENTICATION_FAILED', `${name} wants the password of ${username} to be changed first.`);
  }

  #fail(error: unknown): void {
    this.#ready.reject(error);
    this.#socket.destroy();
  }
}
