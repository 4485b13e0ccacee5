import type { Viewer } from '@opsconductor/authz';
import type { RouterMetrics } from './metrics.ts';
import type { ConnectionSettings } from './settings.ts';

/** A connection that stays: a WebSocket or an event stream. */
export interface Connection {
  /** Counts the connection to the viewer. @returns false when the viewer has too many, or the connection is gone */
  claim(viewer: Viewer): boolean;
  leave(): void;
}

/** All connections that stay: bounded in number, together and per principal, and closed together by a drain. */
export class Connections {
  readonly #settings: ConnectionSettings;
  readonly #metrics: RouterMetrics;
  readonly #open = new Map<Connection, () => void>();
  readonly #perPrincipal = new Map<string, number>();

  constructor(settings: ConnectionSettings, metrics: RouterMetrics) {
    this.#settings = settings;
    this.#metrics = metrics;
  }

  /**
   * @param close ends the connection because the router goes away
   * @returns undefined when there are too many
   */
  admit(transport: string, close: () => void): Connection | undefined {
    if (this.#open.size >= this.#settings.maxConnections) return undefined;
    let principal: string | undefined;
    const connection: Connection = {
      claim: (viewer) => {
        if (!this.#open.has(connection)) return false;
        const claimed = principalOf(viewer);
        const held = this.#perPrincipal.get(claimed) ?? 0;
        if (held >= this.#settings.maxPerPrincipal) return false;
        this.#perPrincipal.set(claimed, held + 1);
        principal = claimed;
        return true;
      },
      leave: () => {
        if (!this.#open.delete(connection)) return;
        this.#metrics.openConnections.dec({ transport });
        if (principal !== undefined) this.#release(principal);
      },
    };
    this.#open.set(connection, close);
    this.#metrics.openConnections.inc({ transport });
    return connection;
  }

  closeAll(): void {
    for (const close of [...this.#open.values()]) close();
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
