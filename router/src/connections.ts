import type { UserViewer, Viewer } from '@opsconductor/authz';
import type { AccessWatch } from './access/accessWatch.ts';
import type { RouterMetrics } from './metrics.ts';
import type { ConnectionSettings } from './settings.ts';

/** Why the router ends a connection: it goes away, or the access token behind the connection holds no more. */
export type CloseReason = 'server_close' | 'revoked';

/** A connection that stays: a WebSocket or an event stream. */
export interface Connection {
  /** Counts the connection to the viewer, and closes it when their token is revoked. @returns false when the viewer has too many, or the connection is gone */
  claim(viewer: Viewer): boolean;
  leave(): void;
}

/** All connections that stay: bounded in number, together and per principal, and closed together by a drain. */
export class Connections {
  readonly #settings: ConnectionSettings;
  readonly #metrics: RouterMetrics;
  readonly #access: Pick<AccessWatch, 'watch'> | undefined;
  readonly #open = new Map<Connection, (reason: CloseReason) => void>();
  readonly #perPrincipal = new Map<string, number>();

  /** @param access without it, a token holds until it lapses */
  constructor(settings: ConnectionSettings, metrics: RouterMetrics, access?: Pick<AccessWatch, 'watch'>) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#access = access;
  }

  /** @param revoke called once when the viewer's token is revoked. @returns ends the watching */
  watch(viewer: UserViewer, revoke: () => void): () => void {
    return this.#access?.watch(viewer, revoke) ?? (() => undefined);
  }

  /**
   * @param close ends the connection from this side
   * @returns undefined when there are too many
   */
  admit(transport: string, close: (reason: CloseReason) => void): Connection | undefined {
    if (this.#open.size >= this.#settings.maxConnections) return undefined;
    let principal: string | undefined;
    let unwatch = (): void => undefined;
    const connection: Connection = {
      claim: (viewer) => {
        if (!this.#open.has(connection)) return false;
        const claimed = principalOf(viewer);
        const held = this.#perPrincipal.get(claimed) ?? 0;
        if (held >= this.#settings.maxPerPrincipal) return false;
        this.#perPrincipal.set(claimed, held + 1);
        principal = claimed;
        if (viewer.kind === 'user') unwatch = this.watch(viewer, () => close('revoked'));
        return true;
      },
      leave: () => {
        if (!this.#open.delete(connection)) return;
        unwatch();
        this.#metrics.openConnections.dec({ transport });
        if (principal !== undefined) this.#release(principal);
      },
    };
    this.#open.set(connection, close);
    this.#metrics.openConnections.inc({ transport });
    return connection;
  }

  closeAll(): void {
    for (const close of [...this.#open.values()]) close('server_close');
  }

  #release(principal: string): void {
    const held = this.#perPrincipal.get(principal) ?? 0;
    if (held > 1) this.#perPrincipal.set(principal, held - 1);
    else this.#perPrincipal.delete(principal);
  }
}

function principalOf(viewer: Viewer): string {
  return viewer.kind === 'user' ? viewer.userId : (viewer.clientAddress ?? 'anonymous');
}
