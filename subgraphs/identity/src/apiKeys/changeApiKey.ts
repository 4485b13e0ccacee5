import { createApiKey as newKey, requirePermission, requireUser, sessionTopic } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import type { RotateApiKeyInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { requireLiveSession } from '../sessions/liveSession.ts';
import { API_KEYS_TOPIC, asApiKey } from './apiKeys.ts';
import type { ApiKey } from './apiKeys.ts';
import { checkDays, inDays, requirePerson } from './createApiKey.ts';
import type { CreatedKey } from './createApiKey.ts';
import { ApiKeyNotFound } from './refusals.ts';

const MOST_OVERLAP_HOURS = 7 * 24;
const DEFAULT_OVERLAP_HOURS = 24;
const HOUR_MS = 60 * 60 * 1000;

/**
 * Gives the viewer's own key a new secret.
 * @throws {ApiKeyNotFound} {@link InvalidInput}
 */
export async function rotateApiKey(context: Context, input: RotateApiKeyInput): Promise<CreatedKey> {
  const viewer = requirePermission(context.viewer, 'apiKey:write');
  requirePerson(viewer);
  const { transact, keyHash, requestId, clock, keyEnvironment } = context;
  const overlapHours = input.overlapHours ?? DEFAULT_OVERLAP_HOURS;
  if (overlapHours < 0 || overlapHours > MOST_OVERLAP_HOURS)
    throw new InvalidInput('overlapHours', `The overlap is from 0 to ${MOST_OVERLAP_HOURS} hours.`);
  const days = input.expiresInDays == null ? undefined : checkDays(input.expiresInDays);
  const id = readId(input.id);
  if (id === undefined) throw new ApiKeyNotFound();
  const now = clock();
  const { key, secretDigest } = newKey(keyEnvironment, id);
  return transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, now);
    const rotated = await unit.db.$executeRaw`
      update api_keys set
        previous_secret_hash = secret_hash,
        previous_expires_at = ${new Date(now.getTime() + overlapHours * HOUR_MS)},
        secret_hash = ${keyHash.hash(secretDigest)},
        rotated_at = ${now},
        expires_at = coalesce(${days === undefined ? null : inDays(now, days)}::timestamptz, expires_at),
        expiry_announced_at = null
      where id = ${id}::uuid and owner_id = ${viewer.userId}::uuid and revoked_at is null and expires_at > ${now}`;
    if (rotated === 0) throw new ApiKeyNotFound();
    const apiKey = await unit.db.apiKey.findUniqueOrThrow({ where: { id }, ...asApiKey });
    unit.emit({
      type: 'identity.apiKey.rotated',
      actorId: viewer.userId,
      requestId,
      subject: { type: 'apiKey', id },
      data: { overlapHours, expiresAt: apiKey.expiresAt.toISOString() },
    });
    unit.wake(API_KEYS_TOPIC);
    return { apiKey, key };
  });
}

/**
 * Ends a key of the viewer, or of anybody for who may write users. Twice is the same as once.
 * @throws {ApiKeyNotFound} there is none, or it is somebody else's
 */
export async function revokeApiKey(context: Context, input: { id: string }): Promise<ApiKey> {
  const viewer = requireUser(context.viewer);
  const { transact, requestId, clock } = context;
  const id = readId(input.id);
  if (id === undefined) throw new ApiKeyNotFound();
  return transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, clock());
    const owner = viewer.permissions.has('user:write') ? {} : { ownerId: viewer.userId };
    const { count } = await unit.db.apiKey.updateMany({
      where: { id, ...owner, revokedAt: null },
      data: { revokedAt: clock() },
    });
    const apiKey = await unit.db.apiKey.findFirst({ where: { id, ...owner }, ...asApiKey });
    if (!apiKey) throw new ApiKeyNotFound();
    if (count === 0) return apiKey;
    unit.emit({ type: 'identity.apiKey.revoked', actorId: viewer.userId, requestId, subject: { type: 'apiKey', id } });
    unit.wake(API_KEYS_TOPIC);
    unit.wake(sessionTopic(id));
    return apiKey;
  });
}
