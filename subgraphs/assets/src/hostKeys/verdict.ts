import type { HostKeyPolicy } from '../../generated/prisma/enums.ts';

/** Whether a target's key is to be trusted; `FIRST_USE`: yes, once it is pinned. */
export type Verdict = 'ACCEPTED' | 'FIRST_USE' | Mismatch;

/** `NOT_PINNED`: the policy wants a pinned key and there is none. `CHANGED`: it is none of the keys that are known. */
export type Mismatch = 'REVOKED' | 'NOT_PINNED' | 'CHANGED';

export interface KnownKey {
  readonly publicKey: string;
  readonly revokedAt: Date | null;
}

/**
 * Decides about a key that a target presents. First use is the use of a target of which no key was ever known. A key
 * of another algorithm is another key: who cannot have the pinned key could offer one of those.
 * @param known all keys of the target, revoked ones too
 */
export function judge(policy: HostKeyPolicy, known: readonly KnownKey[], presented: string): Verdict {
  const same = known.find(({ publicKey }) => publicKey === presented);
  if (same) return same.revokedAt ? 'REVOKED' : 'ACCEPTED';
  if (known.length > 0) return 'CHANGED';
  return policy === 'TRUST_ON_FIRST_USE' ? 'FIRST_USE' : 'NOT_PINNED';
}
