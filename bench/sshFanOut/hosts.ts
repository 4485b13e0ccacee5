/** The hosts, all in one process: SSH servers that run nothing and give the same answer to every command. */
import { generateKeyPair, startSshHost } from '@opsconductor/testkit';
import type { PublicHostKey } from '@opsconductor/testkit';
import { offer } from '../offer.ts';

export interface Fleet {
  readonly username: string;
  /** The one credential of all hosts. */
  readonly privateKey: string;
  readonly hosts: readonly { readonly port: number; readonly hostKey: PublicHostKey }[];
}

export interface FleetOptions {
  readonly count: number;
  readonly answer: string;
}

offer({
  async start({ count, answer }: FleetOptions): Promise<Fleet> {
    const key = generateKeyPair();
    const username = 'bench';
    const start = () => startSshHost({ username, key, answer: { stdout: `${answer}\n` } });
    const hosts = await Promise.all(Array.from({ length: count }, start));
    return { username, privateKey: key.privateKey, hosts: hosts.map(({ port, hostKey }) => ({ port, hostKey })) };
  },
});
