import { requirePermission } from '@opsconductor/authz';
import type { CreateTargetInput } from '../../generated/graphql.ts';
import type { Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { chooseServices, portOf } from '../services/services.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { requireCredential } from './givenCredential.ts';
import { TargetNameTaken } from './refusals.ts';
import { columnsOf, targetInput } from './targetInput.ts';
import { TARGETS_TOPIC } from './topics.ts';

/** @throws {InvalidInput} {@link TargetNameTaken} {@link CredentialNotFound} */
export async function createTarget(context: Context, input: CreateTargetInput): Promise<Target> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const {
    name,
    address,
    port: sshPort,
    labels,
    hostKeyPolicy,
    credentialId: given,
    ...details
  } = parseInput(targetInput, input);
  const { attributes, services: givenServices } = details;
  const target = await transact(async (unit) => {
    const credentialId = await requireCredential(unit.db, context, given);
    const services = await chooseServices(
      unit.db,
      givenServices ?? [{ definition: 'ssh', port: sshPort, isDefault: true }],
    );
    const fields = { name, address, port: portOf(services), hostKeyPolicy, credentialId };
    const created = await unit.db.target
      .create({
        data: {
          ...columnsOf(details),
          ...fields,
          createdAt: clock(),
          labels: { createMany: { data: labels } },
          services: { createMany: { data: services } },
          attributes: { createMany: { data: attributes ?? [] } },
        },
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new TargetNameTaken(name) : error;
      });
    unit.emit({
      type: 'assets.target.created',
      actorId: userId,
      requestId,
      subject: { type: 'target', id: created.id },
      data: fields,
    });
    unit.wake(TARGETS_TOPIC);
    return created;
  });
  loaders.target.clear(target.id).prime(target.id, target);
  return target;
}
