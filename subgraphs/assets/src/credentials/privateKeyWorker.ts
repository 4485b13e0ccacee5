/** Reads one private key in a thread of its own; see `importPrivateKey.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { readPrivateKey } from './privateKey.ts';

const { text, passphrase } = workerData as { text: string; passphrase: string };
parentPort?.postMessage(readPrivateKey(text, passphrase));
