import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import Negotiator from 'negotiator';

/** What fits into one packet is not worth the work. */
const MIN_BYTES = 1_400;

/** Settings that take about as long as gzip does; answers are compressed once and read once. */
const brotli = (bytes: Buffer) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });

const encoders = {
  zstd: (bytes: Buffer) => promisify(zstdCompress)(bytes),
  br: brotli,
  gzip: (bytes: Buffer) => promisify(gzip)(bytes),
} satisfies Record<string, (bytes: Buffer) => Promise<Buffer>>;

const preferred = [...Object.keys(encoders), 'identity'];

export interface Compressed {
  readonly body: Buffer;
  /** Value of Content-Encoding; undefined when the body is as it was. */
  readonly encoding: string | undefined;
}

/** The body in the encoding that the client likes best, where that saves anything. Compresses off the event loop. */
export async function compress(text: string, { headers }: IncomingMessage): Promise<Compressed> {
  const body = Buffer.from(text);
  const accepted = headers['accept-encoding'];
  if (accepted === undefined || body.length < MIN_BYTES) return { body, encoding: undefined };
  const wanted = new Negotiator({ headers: { 'accept-encoding': String(accepted) } }).encoding(preferred);
  if (wanted === undefined || !Object.hasOwn(encoders, wanted)) return { body, encoding: undefined };
  return { body: await encoders[wanted as keyof typeof encoders](body), encoding: wanted };
}
