import { Pool } from 'undici';
import type { Operation } from './operations.ts';

/** A client of one gateway. */
export interface Client {
  /** @returns the body of one answer. @throws Error with it unless the status is 200 */
  ask(operation: Operation): Promise<string>;
  /**
   * Asks so many times, at most `operation.concurrency` at once.
   * @returns seconds. @throws Error as soon as an answer is not 200 or has another length than the first
   */
  load(operation: Operation, requests: number): Promise<number>;
  close(): Promise<void>;
}

export function createClient(url: string, accessToken: string): Client {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 32 });
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${accessToken}`,
  };

  async function ask({ request }: Operation): Promise<string> {
    const answer = await pool.request({ path: pathname, method: 'POST', headers, body: JSON.stringify(request) });
    const body = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${body.slice(0, 1_000)}`);
    return body;
  }

  async function load(operation: Operation, requests: number): Promise<number> {
    const expectedBytes = Buffer.byteLength(await ask(operation));
    const begunAt = performance.now();
    let left = requests;
    const keepAsking = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const bytes = Buffer.byteLength(await ask(operation));
        if (bytes !== expectedBytes) throw new Error(`${url} answered ${bytes} bytes instead of ${expectedBytes}`);
      }
    };
    await Promise.all(Array.from({ length: operation.concurrency }, keepAsking));
    return (performance.now() - begunAt) / 1_000;
  }

  return { ask, load, close: () => pool.destroy() };
}
