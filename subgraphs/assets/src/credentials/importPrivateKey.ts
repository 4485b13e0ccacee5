import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { InvalidInput } from '@opsconductor/subgraph';
import { readPrivateKey } from './privateKey.ts';
import type { ReadPrivateKey } from './privateKey.ts';

/** Over a hundred rounds of OpenSSH's bcrypt, whose default is 24. */
const DECRYPTION_LIMIT_MS = 15_000;

/**
 * Reads a private key that someone gives. One with a passphrase is read in a thread: how long its key derivation takes
 * is up to whoever made the key.
 * @returns a text that ssh2 reads without a passphrase
 * @throws {InvalidInput}
 */
export async function importPrivateKey(
  text: string,
  passphrase: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const key = passphrase === undefined ? readPrivateKey(text) : await readAside({ text, passphrase }, signal);
  if (key.outcome === 'refused') throw new InvalidInput(key.field, key.message);
  return key.privateKey;
}

async function readAside(
  workerData: { text: string; passphrase: string },
  signal: AbortSignal,
): Promise<ReadPrivateKey> {
  const tooLong = AbortSignal.timeout(DECRYPTION_LIMIT_MS);
  const worker = new Worker(new URL('privateKeyWorker.ts', import.meta.url), { workerData });
  try {
    const [key] = (await once(worker, 'message', { signal: AbortSignal.any([signal, tooLong]) })) as [ReadPrivateKey];
    return key;
  } catch (error) {
    if (tooLong.aborted) throw new InvalidInput('privateKey', 'Decrypting the private key takes too long.');
    throw error;
  } finally {
    await worker.terminate();
  }
}
