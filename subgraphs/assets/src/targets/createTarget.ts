import { may, requirePermission } from '@opsconductor/authz';
import type { CreateTargetInput } from '../../generated/graphql.ts';
import type { Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { CredentialNotFound } from '../credentials/refusals.ts';
import { readId } from '@opsconductor/subgraph';
import { parseInput } from '../input/parseInput.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { TargetNameTaken } from './refusals.ts';
import { targetInput } from './targetInput.ts';
import { TARGETS_TOPIC } from './topics.ts';

/** @throws {InvalidInput} {@link TargetNameTaken} {@link CredentialNotFound} */
export async function createTarget(context: Context, input: CreateTargetInput): Promise<Target> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { viewer, transact, loaders, clock, requestId } = context;
  const { labels, ...fields } = parseInput(targetInput, input);
  const credentialId = readId(fields.credentialId);
  // To name a credential is to use it: its secret is sent to the new address. Who may not see it has none.
  if (credentialId === undefined || !may(viewer, 'credential:read')) throw new CredentialNotFound();
  const target = await transact(async (unit) => {
    if (!(await unit.db.credential.findUnique({ where: { id: credentialId }, select: { id: true } })))
      throw new CredentialNotFound();
    const created = await unit.db.target
      .create({ data: { ...fields, credentialId, createdAt: clock(), labels: { createMany: { data: labels } } } })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new TargetNameTaken(fields.name) : error;
      });
    unit.emit({
      type: 'assets.target.created',
      actorId: userId,
      requestId,
      subject: { type: 'target', id: created.id },
      data: { ...fields, credentialId },
    });
    unit.wake(TARGETS_TOPIC);
    return created;
  });
  loaders.target.clear(target.id).prime(target.id, target);
  return target;
}
