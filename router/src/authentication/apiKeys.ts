/**
 * API keys at the router: the checksum fails a bad key before anybody is asked; identity says whose the others are. An
 * answer is remembered for less time than a revocation may take to be effective everywhere.
 */
import { createHash } from 'node:crypto';
import { parseApiKey } from '@opsconductor/authz';
import type { ApiKeyAnswer, ApiKeyQuestion, UserViewer } from '@opsconductor/authz';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { IdentityUnavailable, KeyRejected } from './tokenRejected.ts';

/** Asks identity. Rejects when it gives no answer. */
export type ResolveApiKey = (question: ApiKeyQuestion) => Promise<ApiKeyAnswer>;

/** A revocation is effective within 5 seconds, a lost wake-up included. */
const REMEMBERED_MS = 4_000;
const REMEMBERED_KEYS = 10_000;

/**
 * @returns a function that gives the viewer that a key stands for
 * @throws {KeyRejected} from it: the key does not hold, or not from this address
 * @throws {IdentityUnavailable} from it: nobody can tell
 */
export function createApiKeys(
  resolve: ResolveApiKey,
  clock: { now(): number },
): (key: string, clientAddress: string | undefined) => Promise<UserViewer> {
  // By digest, so that a dump of this process holds no key that could be used.
  const answers = new LRUCache<string, { readonly answer: Promise<ApiKeyAnswer>; readonly at: number }>({
    max: REMEMBERED_KEYS,
  });
  function ask(key: string, question: ApiKeyQuestion): Promise<ApiKeyAnswer> {
    const digest = createHash('sha256').update(key).digest('base64url');
    const known = answers.get(digest);
    if (known && Math.abs(clock.now() - known.at) < REMEMBERED_MS) return known.answer;
    const answer = resolve(question).catch((error: unknown) => {
      answers.delete(digest);
      throw new IdentityUnavailable(error);
    });
    answers.set(digest, { answer, at: clock.now() });
    return answer;
  }
  return async (key, clientAddress) => {
    const parsed = parseApiKey(key);
    if (!parsed) throw new KeyRejected('malformed, or the checksum does not hold');
    const answer = await ask(key, { ...parsed, ...(clientAddress !== undefined && { clientAddress }) });
    if (answer.outcome === 'rejected') throw new KeyRejected('identity does not know it, or it has ended');
    if (!isAllowed(answer.allowedNetworks, clientAddress)) throw new KeyRejected('not from this address');
    const expiresAt = new Date(answer.expiresAt);
    if (expiresAt.getTime() <= clock.now()) throw new KeyRejected('lapsed');
    const { userId, permissions } = answer;
    return {
      kind: 'user',
      userId,
      sessionId: parsed.id,
      apiKeyId: parsed.id,
      permissions: new Set(permissions),
      expiresAt,
    };
  };
}

function isAllowed(networks: readonly string[], clientAddress: string | undefined): boolean {
  if (networks.length === 0) return true;
  if (clientAddress === undefined || !ipaddr.isValid(clientAddress)) return false;
  const address = ipaddr.process(clientAddress);
  return networks.some((network) => {
    const [base, bits] = ipaddr.isValidCIDR(network) ? ipaddr.parseCIDR(network) : singleAddress(network);
    return base.kind() === address.kind() && address.match(base, bits);
  });
}

function singleAddress(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
