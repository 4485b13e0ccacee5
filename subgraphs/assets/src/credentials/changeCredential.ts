import { requirePermission } from '@opsconductor/authz';
import { z } from 'zod';
import { InvalidInput } from '@opsconductor/subgraph';
import type { UpdateCredentialInput } from '../../generated/graphql.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { nameText } from '../input/text.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { placementInput, username } from './credentialInput.ts';
import { lockCredential } from './credentials.ts';
import { CredentialInUse, CredentialNameTaken, CredentialNotFound } from './refusals.ts';
import { CREDENTIALS_TOPIC } from './topics.ts';

const changeInput = z.object({
  ...placementInput,
  id: z.string(),
  name: nameText('The name of a credential').nullish(),
  username: username.nullish(),
});

/** Changes what is no secret. @throws {InvalidInput} {@link CredentialNotFound} {@link CredentialNameTaken} */
export async function updateCredential(context: Context, input: UpdateCredentialInput): Promise<Credential> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, requestId, loaders } = context;
  const { id, name, username: user, description, folder, rotateAfterDays } = parseInput(changeInput, input);
  const updated = await transact(async (unit) => {
    const credential = await lockCredential(unit.db, id);
    if (!credential) throw new CredentialNotFound();
    if (user != null && credential.username === null) throw new InvalidInput('username', 'This kind has no user name.');
    const changed = await unit.db.credential
      .update({
        where: { id: credential.id },
        data: {
          ...(name != null && { name }),
          ...(user != null && { username: user }),
          ...(description !== undefined && { description: description || null }),
          ...(folder !== undefined && { folder: folder ?? '/' }),
          ...(rotateAfterDays !== undefined && { rotateAfterDays, remindedVersion: null }),
        },
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new CredentialNameTaken(name ?? '') : error;
      });
    unit.emit({
      type: 'assets.credential.updated',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: credential.id },
      data: { name: changed.name, username: changed.username, folder: changed.folder },
    });
    unit.wake(CREDENTIALS_TOPIC);
    return changed;
  });
  loaders.credential.clear(updated.id).prime(updated.id, updated);
  return updated;
}

/**
 * Deletes a credential with its versions: their wrapped data keys are gone with them.
 * @returns its id
 * @throws {CredentialNotFound} {@link CredentialInUse}
 */
export async function deleteCredential(context: Context, id: string): Promise<string> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, requestId, loaders } = context;
  const deleted = await transact(async (unit) => {
    const credential = await lockCredential(unit.db, id);
    if (!credential) throw new CredentialNotFound();
    const where = { credentialId: credential.id };
    const targetCount = await unit.db.target.count({ where: { ...where, deletedAt: null } });
    const bindingCount = await unit.db.credentialBinding.count({ where });
    if (targetCount + bindingCount > 0) throw new CredentialInUse(targetCount, bindingCount);
    await unit.db.target.updateMany({ where, data: { credentialId: null } });
    await unit.db.credential.delete({ where: { id: credential.id } });
    unit.emit({
      type: 'assets.credential.deleted',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: credential.id },
      data: { name: credential.name },
    });
    unit.wake(CREDENTIALS_TOPIC);
    return credential.id;
  });
  loaders.credential.clear(deleted);
  return deleted;
}
