/** A running platform in one of its topologies. Journeys do not know which. */
export interface World {
  readonly topology: 'standalone' | 'distributed';
  /** Addresses of its routers. */
  readonly urls: readonly [string, ...string[]];
  /** The secret that makes the first administrator. */
  readonly setupSecret: string;
  stop(): Promise<void>;
}
