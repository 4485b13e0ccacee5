import { isPermission, permissionsOf } from '@opsconductor/authz';
import type { ApiKeyAnswer, ApiKeyQuestion } from '@opsconductor/authz';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { KeyHash } from './keyHash.ts';

/** Uses within it are written down once. */
const LAST_USED_MS = 60_000;

export interface ResolveDeps {
  readonly prisma: PrismaClient;
  readonly keyHash: KeyHash;
  readonly clock: () => Date;
}

/**
 * Whose key this is and what it may do now: what both the key and its owner hold. One sentence for every reason why it does
 * not hold.
 */
export async function resolveApiKey(
  { prisma, keyHash, clock }: ResolveDeps,
  { id, secretDigest, clientAddress }: ApiKeyQuestion,
): Promise<ApiKeyAnswer> {
  const now = clock();
  const key = await prisma.apiKey.findUnique({
    where: { id },
    include: { owner: { select: { status: true, roles: true } } },
  });
  const previous = key?.previousExpiresAt && key.previousExpiresAt > now ? key.previousSecretHash : null;
  // Both are compared whatever the first says: the time tells nothing.
  const isCurrent = keyHash.matches(secretDigest, key?.secretHash ?? null);
  const isPrevious = keyHash.matches(secretDigest, previous);
  if (!key || !(isCurrent || isPrevious)) return { outcome: 'rejected' };
  const { ownerId, owner, permissions, expiresAt, revokedAt, allowedNetworks } = key;
  if (revokedAt || expiresAt <= now || owner.status !== 'ACTIVE') return { outcome: 'rejected' };
  await prisma.apiKey.updateMany({
    where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: new Date(now.getTime() - LAST_USED_MS) } }] },
    data: { lastUsedAt: now, lastUsedFrom: clientAddress ?? null },
  });
  const held = permissionsOf(owner.roles);
  return {
    outcome: 'accepted',
    userId: ownerId,
    permissions: permissions.filter(isPermission).filter((permission) => held.has(permission)),
    expiresAt: (isCurrent || !key.previousExpiresAt ? expiresAt : key.previousExpiresAt).toISOString(),
    allowedNetworks,
  };
}
