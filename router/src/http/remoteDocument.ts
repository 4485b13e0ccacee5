import { request } from 'undici';

const TIMEOUT_MS = 3_000;
const REMEMBERED_MS = 30_000;

/**
 * A JSON document of another part of the platform, such as a JWK set, fetched at most once in a while however often it
 * is asked for.
 * @returns a function that rejects when there is no document
 */
export function createRemoteDocument(url: string, now: () => number = Date.now): () => Promise<object> {
  let fetchedAt = -Infinity;
  let document: Promise<object> | undefined;
  return () => {
    if (document && now() - fetchedAt < REMEMBERED_MS) return document;
    fetchedAt = now();
    document = fetchDocument(url);
    document.catch(() => (document = undefined));
    return document;
  };
}

async function fetchDocument(url: string): Promise<object> {
  const { statusCode, body } = await request(url, { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  if (statusCode === 200) return (await body.json()) as object;
  await body.dump();
  throw new Error(`${url} was answered with status ${statusCode}.`);
}
