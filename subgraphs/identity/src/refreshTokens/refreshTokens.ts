/**
 * Refresh tokens (RFC 9700, section 4.14): each is used once and gives the next one. A token's successor is its HMAC under a
 * key that only the vault opens, so that an answer that was lost can be given again without any token being stored.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Secret } from '@opsconductor/vault';
import type { Db } from '../context.ts';

const PREFIX = 'opsr_';
const TOKEN_BYTES = 32;
const shape = /^opsr_[\w-]{43}$/;
/** For so long a client whose answer was lost may ask again. */
const REPEAT_SECONDS = 10;

export interface RefreshTokens {
  /** Writes the first token of a session. */
  issue(db: Db, sessionId: string, now: Date): Promise<string>;
  /**
   * Uses a token, in one atomic write: of any number of uses at once one is the first.
   * @param device who presents it, see `deviceOf`
   */
  use(db: Db, token: string, device: string, now: Date): Promise<Use>;
}

export type Use =
  | { readonly outcome: 'unknown' }
  /** `token` is the next one; `isFirst` is false when it is given out again. */
  | { readonly outcome: 'successor'; readonly sessionId: string; readonly token: string; readonly isFirst: boolean }
  /** It was used before: two parties have it. */
  | { readonly outcome: 'reused'; readonly sessionId: string };

/** @param key of the successors, 32 bytes, base64 */
export function createRefreshTokens(key: Secret): RefreshTokens {
  const successorOf = (token: string): string =>
    PREFIX + createHmac('sha256', Buffer.from(key.reveal(), 'base64')).update(token).digest('base64url');
  return {
    async issue(db, sessionId, now) {
      const token = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
      await db.refreshToken.create({ data: { hash: hashOf(token), sessionId, createdAt: now } });
      return token;
    },
    async use(db, token, device, now) {
      if (!shape.test(token)) return { outcome: 'unknown' };
      const hash = hashOf(token);
      const [used] = await db.refreshToken.updateManyAndReturn({
        where: { hash, usedAt: null },
        data: { usedAt: now, usedBy: device },
        select: { sessionId: true },
      });
      if (used) {
        const next = successorOf(token);
        await db.refreshToken.create({ data: { hash: hashOf(next), sessionId: used.sessionId, createdAt: now } });
        return { outcome: 'successor', sessionId: used.sessionId, token: next, isFirst: true };
      }
      const known = await db.refreshToken.findUnique({ where: { hash } });
      if (!known?.usedAt) return { outcome: 'unknown' };
      const { sessionId, usedAt, usedBy } = known;
      const isRepeated = usedBy === device && now.getTime() - usedAt.getTime() <= REPEAT_SECONDS * 1000;
      return isRepeated
        ? { outcome: 'successor', sessionId, token: successorOf(token), isFirst: false }
        : { outcome: 'reused', sessionId };
    },
  };
}

function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(token).digest());
}
