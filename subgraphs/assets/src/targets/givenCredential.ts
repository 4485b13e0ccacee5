import { may } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { Context, Db } from '../context.ts';
import { CredentialNotFound } from '../credentials/refusals.ts';

/**
 * The credential that an input gives to a target. To name a credential is to use it: its secret is sent to the target's
 * address. Who may not see it has none.
 * @returns null when none is given
 * @throws {CredentialNotFound}
 */
export async function requireCredential(
  db: Db,
  { viewer }: Pick<Context, 'viewer'>,
  given: string | null | undefined,
): Promise<string | null> {
  if (given == null) return null;
  const id = readId(given);
  const isThere =
    id !== undefined &&
    may(viewer, 'credential:read') &&
    (await db.credential.findUnique({ where: { id }, select: { id: true } })) !== null;
  if (!isThere) throw new CredentialNotFound();
  return id;
}
