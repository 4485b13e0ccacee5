import { requireUser } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { BadUserInput, isId, readId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import type { ApiKey as Row, Prisma } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { getLiveAccount } from '../sessions/liveSession.ts';

const PAGE_LIMIT = 100;

/** Wakes those who watch lists of keys. */
export const API_KEYS_TOPIC = 'apiKeys';

/** A key without anything that its secret could be found by. */
export type ApiKey = Omit<Row, 'secretHash' | 'previousSecretHash'> & { owner: { id: string; status: string } };

/** For every read that ends in an {@link ApiKey}. */
export const asApiKey = {
  omit: { secretHash: true, previousSecretHash: true },
  include: { owner: { select: { id: true, status: true } } },
} as const satisfies Prisma.ApiKeyDefaultArgs;

/** Newest first: those of the viewer, or of everybody. @throws {Unauthenticated} */
export async function listApiKeys(
  context: Context,
  { ownerId, ...page }: PageArguments & { ownerId?: string | null | undefined },
): Promise<Connection<ApiKey>> {
  const viewer = requireUser(context.viewer);
  const { prisma, clock } = context;
  await getLiveAccount(prisma, viewer, clock());
  const owner = ownerId == null ? undefined : (readId(ownerId) ?? 'nobody');
  if (owner === 'nobody') throw new BadUserInput('ownerId is not an id.');
  return readPage<ApiKey>(
    page,
    PAGE_LIMIT,
    ({ id }) => [id],
    (after, take) =>
      prisma.apiKey.findMany({
        where: { AND: [visibleTo(viewer), ownerId == null ? {} : { ownerId: owner as string }, isBefore(after)] },
        // Ids are UUIDv7: they sort by time.
        orderBy: { id: 'desc' },
        take,
        ...asApiKey,
      }),
  );
}

/** @returns null when there is none that the viewer may see. @throws {Unauthenticated} */
export async function findApiKey({ viewer, prisma }: Context, id: string): Promise<ApiKey | null> {
  const user = requireUser(viewer);
  if (!isId(id)) return null;
  return prisma.apiKey.findFirst({ where: { id, ...visibleTo(user) }, ...asApiKey });
}

export function statusOf({ revokedAt, expiresAt, owner }: ApiKey, now: Date) {
  if (revokedAt) return 'REVOKED';
  if (expiresAt <= now) return 'EXPIRED';
  return owner.status === 'ACTIVE' ? 'ACTIVE' : 'OWNER_DISABLED';
}

function visibleTo({ permissions, userId }: UserViewer): Prisma.ApiKeyWhereInput {
  return permissions.has('apiKey:read') ? {} : { ownerId: userId };
}

/** @throws {BadUserInput} */
function isBefore(after: readonly (string | number)[] | undefined): Prisma.ApiKeyWhereInput {
  if (!after) return {};
  const [id] = after;
  if (typeof id !== 'string' || !isId(id)) throw new BadUserInput('after is not a cursor of this list.');
  return { id: { lt: id } };
}
