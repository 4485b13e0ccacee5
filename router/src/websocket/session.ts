import type { WebSocket } from 'ws';
import type { UserViewer } from '@opsconductor/authz';
import type { Connection } from '../connections.ts';
import { systemClock } from '../live/clock.ts';
import type { EndReason } from '../live/liveAnswers.ts';
import type { ConnectionSettings } from '../settings.ts';
import { closeCodes } from './closeCodes.ts';
import { createPeer } from './peer.ts';
import type { Peer } from './peer.ts';

export interface SessionOptions {
  readonly socket: WebSocket;
  /** Address of the client. */
  readonly client: string;
  readonly connection: Connection;
  readonly settings: ConnectionSettings;
  /** Called once, when nothing can be done on the socket any more. */
  readonly ended: (reason: EndReason) => void;
}

/** One WebSocket: who is on it, what runs on it, and its end. */
export class Session {
  readonly peer: Peer;
  readonly client: string;
  readonly #socket: WebSocket;
  readonly #connection: Connection;
  readonly #operations = new Set<AbortController>();
  #viewer: UserViewer | undefined;
  #callOffExpiry: () => void = () => undefined;
  readonly #ended: SessionOptions['ended'];
  #isAlive = true;
  #hasEnded = false;

  constructor({ socket, client, connection, settings, ended }: SessionOptions) {
    this.client = client;
    this.#socket = socket;
    this.#connection = connection;
    this.#ended = ended;
    this.peer = createPeer(socket, settings, () => this.abandon('slow_consumer'));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
  }

  /** Set once the client has proved who it is. */
  get viewer(): UserViewer | undefined {
    return this.#viewer;
  }

  /** @returns false when the viewer has too many connections, or the client has left meanwhile */
  identify(viewer: UserViewer): boolean {
    if (this.#hasEnded || !this.#connection.claim(viewer)) return false;
    // A token that was revoked meanwhile has closed the socket.
    if (this.#hasEnded) return false;
    this.#viewer = viewer;
    const remainingMs = viewer.expiresAt.getTime() - systemClock.now();
    this.#callOffExpiry = systemClock.after(remainingMs, () => this.expire());
    return true;
  }

  /** A client that gets this code fetches a new token and connects again (graphql-ws). */
  expire(): void {
    this.close(closeCodes.forbidden, 'Access token expired', 'token_expired');
  }

  /** The same code, so that clients ask for a new token: when the session has ended, they will not get one. */
  revoke(): void {
    this.close(closeCodes.forbidden, 'Access token revoked', 'revoked');
  }

  /** The signal of one operation, aborted at the latest when the socket closes. */
  begin(): AbortController {
    const controller = new AbortController();
    this.#operations.add(controller);
    return controller;
  }

  finish(controller: AbortController): void {
    this.#operations.delete(controller);
  }

  close(code: number, text: string, reason: EndReason): void {
    this.#socket.close(code, text);
    this.end(reason);
  }

  /** For a client that would not read a close frame either. */
  abandon(reason: EndReason): void {
    this.end(reason);
    this.#socket.terminate();
  }

  /** Ends everything that runs on the socket. */
  end(reason: EndReason): void {
    this.#callOffExpiry();
    for (const controller of this.#operations) controller.abort(reason);
    this.#operations.clear();
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#ended(reason);
  }

  /** Called in regular intervals: a client that has not answered the last ping is gone. */
  beat(): void {
    if (!this.#isAlive) return this.abandon('client_disconnect');
    this.#isAlive = false;
    this.#socket.ping();
  }
}
