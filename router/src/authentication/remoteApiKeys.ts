import { randomUUID } from 'node:crypto';
import { ASSERTION_HEADER, anonymous, resolveApiKey } from '@opsconductor/authz';
import type { SignAssertion } from '@opsconductor/authz';
import { Pool } from 'undici';
import type { ResolveApiKey } from './apiKeys.ts';

const ANSWER_MS = 3_000;

export interface RemoteApiKeys {
  readonly resolve: ResolveApiKey;
  close(): Promise<void>;
}

/** @param url base address of the identity subgraph */
export function createRemoteApiKeys(url: string, signAssertion: SignAssertion): RemoteApiKeys {
  const { origin, pathname } = new URL(url);
  const path = pathname.replace(/\/$/, '') + resolveApiKey.path;
  const pool = new Pool(origin, { connections: 4, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });
  return {
    async resolve(question) {
      const body = JSON.stringify(question);
      const assertion = signAssertion('identity', body, { viewer: anonymous, requestId: randomUUID() });
      const answer = await pool.request({
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', [ASSERTION_HEADER]: assertion },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.statusCode === 200) return resolveApiKey.response.parse(await answer.body.json());
      await answer.body.dump();
      throw new Error(`identity answered with status ${answer.statusCode}`);
    },
    close: () => pool.destroy(),
  };
}
