import type { Connection } from './connection.ts';

export interface PooledConnectionLimits {
  readonly usersPerConnection: number;
  readonly idleSeconds: number;
  readonly lifeSeconds: number;
}

/** A connection, who uses it, and for how long it will be there. It begins with one user. */
export class PooledConnection {
  readonly connection: Connection;
  /** See `identity.ts`. */
  readonly identity: string;
  /** The connection to the jump host that it goes through. */
  readonly hop: PooledConnection | undefined;
  /** Called when it has lost its last user, and stays open. */
  onIdle: () => void = () => {};
  readonly #limits: PooledConnectionLimits;
  readonly #openedAt = performance.now();
  #users = 1;
  /** Falls when the server turns out to give fewer sessions. */
  #maxUsers: number;
  #idleSince = Infinity;
  #idleTimer: NodeJS.Timeout | undefined;
  #isRetired = false;

  constructor(connection: Connection, identity: string, limits: PooledConnectionLimits, hop?: PooledConnection) {
    this.connection = connection;
    this.identity = identity;
    this.hop = hop;
    this.#limits = limits;
    this.#maxUsers = limits.usersPerConnection;
    void connection.closed.then(() => clearTimeout(this.#idleTimer));
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }

  /** Has waited so long for its next user. 0 while it is used. */
  get idleMs(): number {
    return Math.max(0, performance.now() - this.#idleSince);
  }

  /** @returns false when it takes no more */
  addUser(): boolean {
    const isYoung = performance.now() - this.#openedAt < this.#limits.lifeSeconds * 1_000;
    if (!this.isOpen || this.#isRetired || !isYoung || this.#users >= this.#maxUsers) return false;
    clearTimeout(this.#idleTimer);
    this.#users += 1;
    return true;
  }

  removeUser(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#idleSince = performance.now();
    if (this.#isRetired) return void this.connection.close();
    this.#idleTimer = setTimeout(() => this.retire(), this.#limits.idleSeconds * 1_000);
    this.onIdle();
  }

  /** Marks the beginning of a use whose user is accepted. */
  begin(): void {
    this.#idleSince = Infinity;
  }

  /**
   * It gave no session to one of its users: it has too many of them, or is over.
   * @returns false when neither is the case, and another connection would give none either
   */
  refuseMore(): boolean {
    if (this.isOpen && this.#users === 1) return false;
    this.#maxUsers = Math.max(1, Math.min(this.#maxUsers, this.#users - 1));
    return true;
  }

  /** Takes no more users, and is closed when it has none. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) void this.connection.close();
  }
}
