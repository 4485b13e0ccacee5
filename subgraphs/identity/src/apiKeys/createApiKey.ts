import { createApiKey as newKey, isPermission, requirePermission } from '@opsconductor/authz';
import type { UserViewer } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import ipaddr from 'ipaddr.js';
import { v7 as newId } from 'uuid';
import type { CreateApiKeyInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { requireLiveSession } from '../sessions/liveSession.ts';
import { API_KEYS_TOPIC, asApiKey } from './apiKeys.ts';
import type { ApiKey } from './apiKeys.ts';
import { ApiKeyFromApiKey, PermissionNotGrantable } from './refusals.ts';

const NAME_CHARACTERS = 200;
const NETWORK_LIMIT = 50;
export const LONGEST_DAYS = 365;
const DEFAULT_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface CreatedKey {
  readonly apiKey: ApiKey;
  /** Its text, which nobody sees again. */
  readonly key: string;
}

/** @throws {InvalidInput} {@link PermissionNotGrantable} */
export async function createApiKey(context: Context, input: CreateApiKeyInput): Promise<CreatedKey> {
  const viewer = requirePermission(context.viewer, 'apiKey:write');
  requirePerson(viewer);
  const { transact, keyHash, requestId, clock, keyEnvironment } = context;
  const checked = checkInput(input, viewer);
  const now = clock();
  const id = newId();
  const { key, secretDigest } = newKey(keyEnvironment, id);
  return transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, now);
    const apiKey = await unit.db.apiKey.create({
      data: {
        id,
        name: checked.name,
        permissions: checked.permissions,
        allowedNetworks: checked.allowedNetworks,
        ownerId: viewer.userId,
        secretHash: keyHash.hash(secretDigest),
        createdAt: now,
        expiresAt: inDays(now, checked.days),
      },
      ...asApiKey,
    });
    unit.emit({
      type: 'identity.apiKey.created',
      actorId: viewer.userId,
      requestId,
      subject: { type: 'apiKey', id },
      data: {
        name: checked.name,
        permissions: checked.permissions.join(' '),
        expiresAt: apiKey.expiresAt.toISOString(),
      },
    });
    unit.wake(API_KEYS_TOPIC);
    return { apiKey, key };
  });
}

/** A key that is stolen must not be able to outlive itself. @throws {ApiKeyFromApiKey} */
export function requirePerson({ apiKeyId }: UserViewer): void {
  if (apiKeyId !== undefined) throw new ApiKeyFromApiKey();
}

export function inDays(now: Date, days: number): Date {
  return new Date(now.getTime() + days * DAY_MS);
}

/** @throws {InvalidInput} */
export function checkDays(days: number): number {
  if (days < 1 || days > LONGEST_DAYS)
    throw new InvalidInput('expiresInDays', `A key lives from 1 to ${LONGEST_DAYS} days.`);
  return days;
}

function checkInput(input: CreateApiKeyInput, viewer: UserViewer) {
  const name = input.name.trim().normalize('NFC');
  if (name === '' || name.length > NAME_CHARACTERS || /\p{C}/u.test(name))
    throw new InvalidInput('name', `A name has 1 to ${NAME_CHARACTERS} printable characters.`);
  const permissions = [...new Set(input.permissions)];
  if (permissions.length === 0) throw new InvalidInput('permissions', 'A key needs at least one permission.');
  permissions.forEach((permission, index) => {
    if (!isPermission(permission))
      throw new InvalidInput(`permissions.${index}`, 'There is no such permission in the catalogue.');
    if (!viewer.permissions.has(permission)) throw new PermissionNotGrantable(permission);
  });
  const allowedNetworks = [...new Set(input.allowedNetworks ?? [])];
  if (allowedNetworks.length > NETWORK_LIMIT)
    throw new InvalidInput('allowedNetworks', `A key has at most ${NETWORK_LIMIT} networks.`);
  allowedNetworks.forEach((network, index) => {
    if (!ipaddr.isValid(network) && !ipaddr.isValidCIDR(network))
      throw new InvalidInput(`allowedNetworks.${index}`, 'This is no address and no CIDR range.');
  });
  return {
    name,
    permissions: permissions.sort(),
    allowedNetworks,
    days: checkDays(input.expiresInDays ?? DEFAULT_DAYS),
  };
}
