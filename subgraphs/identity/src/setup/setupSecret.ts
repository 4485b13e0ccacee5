import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { StartupFault } from '@opsconductor/process';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { INSTALLATION_ID } from '../installation/installation.ts';

const SECRET_BYTES = 32;
/** Of a secret that somebody has chosen. */
const LEAST_CHARACTERS = 24;

/**
 * Makes the secret that the first administrator is created with, as long as there is none; one of an earlier start
 * stops working. Only its hash is stored.
 * @param chosen the secret to use instead of a new random one
 * @returns undefined when the set-up has been completed
 * @throws {StartupFault} the chosen secret is too short
 */
export async function issueSetupSecret(prisma: PrismaClient, chosen: string | undefined): Promise<string | undefined> {
  if (chosen !== undefined && chosen.length < LEAST_CHARACTERS)
    throw new StartupFault(`IDENTITY_SETUP_SECRET is too short: use at least ${LEAST_CHARACTERS} random characters.`);
  const secret = chosen ?? randomBytes(SECRET_BYTES).toString('base64url');
  const { count } = await prisma.installation.updateMany({
    where: { id: INSTALLATION_ID, setupCompletedAt: null },
    data: { setupSecretHash: hashSecret(secret) },
  });
  return count === 1 ? secret : undefined;
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Takes the same time wherever the difference is. */
export function isSecret(given: string, storedHash: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(given)), Buffer.from(storedHash));
}
