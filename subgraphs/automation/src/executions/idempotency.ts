import { createHash } from 'node:crypto';
import type { UserViewer } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { Execution, PrismaClient } from '../../generated/prisma/client.ts';
import { IdempotencyConflict } from './refusals.ts';
import { isStorable } from './selection.ts';

const KEY_LENGTH = 200;

/** A key of the caller, and what the start is, so that the same key with other content is noticed. */
export interface StartKey {
  readonly idempotencyKey: string | null;
  /** SHA-256, hex. */
  readonly inputHash: string;
}

/** @throws {InvalidInput} */
export function startKeyOf(idempotencyKey: string | null | undefined, content: unknown): StartKey {
  if (idempotencyKey != null && (idempotencyKey === '' || idempotencyKey.length > KEY_LENGTH))
    throw new InvalidInput('idempotencyKey', `An idempotency key has 1 to ${KEY_LENGTH} characters.`);
  if (idempotencyKey != null && !isStorable(idempotencyKey))
    throw new InvalidInput('idempotencyKey', 'An idempotency key cannot hold NUL or half a character.');
  const inputHash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { idempotencyKey: idempotencyKey ?? null, inputHash };
}

/**
 * Starts what has not been started with this key before.
 * @throws {IdempotencyConflict}
 */
export async function startOnce(
  prisma: PrismaClient,
  viewer: Pick<UserViewer, 'userId'>,
  key: StartKey,
  start: () => Promise<Execution>,
): Promise<Execution> {
  const earlier = await findByKey(prisma, viewer, key);
  if (earlier) return earlier;
  try {
    return await start();
  } catch (error) {
    // Two calls with one key at once: the other one was first.
    const first = isUniqueViolation(error) ? await findByKey(prisma, viewer, key) : undefined;
    if (first) return first;
    throw error;
  }
}

async function findByKey(
  prisma: PrismaClient,
  { userId }: Pick<UserViewer, 'userId'>,
  { idempotencyKey, inputHash }: StartKey,
): Promise<Execution | undefined> {
  if (idempotencyKey === null) return undefined;
  const execution = await prisma.execution.findUnique({
    where: { startedById_idempotencyKey: { startedById: userId, idempotencyKey } },
  });
  if (!execution) return undefined;
  if (execution.inputHash !== inputHash) throw new IdempotencyConflict(execution);
  return execution;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
