/** The product's SSH transport as its executors use it: one process, a connection for each target, kept or closed. */
import { connect, createConnectionPool, parseNetworks } from '@opsconductor/automation/ssh';
import { Secret } from '@opsconductor/vault';
import { offer } from '../offer.ts';
import type { Fleet } from './hosts.ts';

export interface FanOut extends Fleet {
  readonly command: string;
  readonly concurrency: number;
  /** Uses the connections of the run before. */
  readonly keepsConnections?: boolean;
}

const pool = createConnectionPool();
const allowedNetworks = parseNetworks(['127.0.0.0/8']);

offer({
  /** @returns the output of each target. @throws Error unless the command exits with 0 on all */
  async run({ hosts, concurrency, ...shared }: FanOut): Promise<string[]> {
    const left = [...hosts];
    const outputs: string[] = [];
    const work = async (): Promise<void> => {
      for (let host = left.pop(); host; host = left.pop()) outputs.push(await runOn(host, shared));
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return outputs;
  },
});

async function runOn(
  { port, hostKey }: Fleet['hosts'][number],
  { username, privateKey, command, keepsConnections }: Omit<FanOut, 'hosts' | 'concurrency'>,
): Promise<string> {
  const authentication = { kind: 'privateKey', privateKey: Secret.from(privateKey) } as const;
  const connection = await (keepsConnections ? pool : { connect }).connect(
    { address: '127.0.0.1', port, username, authentication },
    {
      allowedNetworks,
      pinnedAlgorithms: [hostKey.algorithm],
      verifyHostKey: async ({ publicKey }) => (publicKey === hostKey.publicKey ? 'accepted' : 'mismatch'),
    },
  );
  try {
    const running = connection.run(command, { marker: `bench-${port}`, wallTimeSeconds: 60 });
    let output = '';
    for await (const { text } of running) output += text;
    const result = await running.result;
    if (result.kind !== 'exited' || result.exitCode !== 0) throw new Error(`${port}: ${JSON.stringify(result)}`);
    return output;
  } finally {
    await connection.close();
  }
}
