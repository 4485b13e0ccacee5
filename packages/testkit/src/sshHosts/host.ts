import type { PublicHostKey } from './keys.ts';

/** A machine to reach over SSH, on loopback, for as long as a test or the demo wants it. */
export interface TestHost {
  readonly address: '127.0.0.1';
  readonly port: number;
  /** The one account; commands run as the user of this process. */
  readonly username: string;
  /** The credential of the account: a private key in OpenSSH's PEM format. */
  readonly privateKey: string;
  readonly hostKey: PublicHostKey;
  /** How often somebody has tried to authenticate so far, in any way. */
  authenticationAttempts(): number;
  /** Goes on with another host key. Connections that exist keep theirs. */
  replaceHostKey(): Promise<void>;
  /** Cuts every connection, as a power failure would. Commands go on. */
  dropConnections(): void;
  /** Ends the host, its connections and the commands it can still find. */
  stop(): Promise<void>;
}
