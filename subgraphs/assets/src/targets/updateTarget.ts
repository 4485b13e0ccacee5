import { requirePermission } from '@opsconductor/authz';
import { readId } from '@opsconductor/subgraph';
import type { z } from 'zod';
import type { UpdateTargetInput } from '../../generated/graphql.ts';
import type { Target } from '../../generated/prisma/client.ts';
import type { Context, Db } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { chooseServices, portOf } from '../services/services.ts';
import type { ChosenService } from '../services/services.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { differencesOf, readDescription } from './changes.ts';
import { requireCredential } from './givenCredential.ts';
import { clearTarget } from './loaders.ts';
import { TargetNameTaken, TargetNotFound } from './refusals.ts';
import { columnsOf, targetChangeInput, withoutUndefined } from './targetInput.ts';
import { lockTarget } from './targets.ts';
import { TARGETS_TOPIC, targetTopic } from './topics.ts';

type Change = z.infer<typeof targetChangeInput>;

/**
 * Changes what is given, and keeps what it was before. A change that changes nothing leaves no trace.
 * @throws {InvalidInput} {@link TargetNotFound} {@link TargetNameTaken} {@link CredentialNotFound}
 * @throws {Forbidden} the target has a credential of its own, and the viewer sends it elsewhere without `credential:read`
 */
export async function updateTarget(context: Context, input: UpdateTargetInput): Promise<Target> {
  const { userId } = requirePermission(context.viewer, 'target:write');
  const { transact, loaders, clock, requestId } = context;
  const change = parseInput(targetChangeInput, input);
  const id = readId(change.id);
  if (id === undefined) throw new TargetNotFound(change.id);
  const updated = await transact(async (unit) => {
    const current = await lockTarget(unit.db, id);
    if (!current) throw new TargetNotFound(change.id);
    if (current.credentialId !== null && change.address != null && change.address !== current.address)
      requirePermission(context.viewer, 'credential:read');
    const before = await readDescription(unit.db, id);
    const target = await write(unit.db, context, current, change);
    const fields = differencesOf(before, await readDescription(unit.db, id));
    if (fields.length === 0) return target;
    await unit.db.targetChange.create({ data: { targetId: id, actorId: userId, occurredAt: clock(), fields } });
    unit.emit({
      type: 'assets.target.updated',
      actorId: userId,
      requestId,
      subject: { type: 'target', id },
      data: { name: target.name, fields: fields.map(({ field }) => field).join(' ') },
    });
    unit.wake(TARGETS_TOPIC);
    unit.wake(targetTopic(id));
    return target;
  });
  clearTarget(loaders, updated);
  return updated;
}

async function write(db: Db, context: Context, { id, credentialId }: Target, change: Change): Promise<Target> {
  const { name, address, hostKeyPolicy, labels, attributes } = change;
  const services = await changedServices(db, id, change);
  if (labels != null) await replace(db.targetLabel, id, labels);
  if (attributes !== undefined) await replace(db.targetAttribute, id, attributes ?? []);
  if (services) await replace(db.targetService, id, services);
  const data = {
    ...columnsOf(change),
    ...withoutUndefined({
      name: name ?? undefined,
      address: address ?? undefined,
      hostKeyPolicy: hostKeyPolicy ?? undefined,
    }),
    ...(services && { port: portOf(services) }),
    credentialId:
      change.credentialId === undefined ? credentialId : await requireCredential(db, context, change.credentialId),
  };
  return db.target.update({ where: { id }, data }).catch((error: unknown) => {
    throw isUniqueViolation(error) ? new TargetNameTaken(name ?? '') : error;
  });
}

/** A port alone is that of the service by which executors reach the target. @returns undefined when they stay */
async function changedServices(
  db: Db,
  targetId: string,
  { services, port }: Change,
): Promise<ChosenService[] | undefined> {
  if (services) return chooseServices(db, services);
  if (services === null) return chooseServices(db, [{ definition: 'ssh', port: port ?? undefined, isDefault: true }]);
  if (port == null) return undefined;
  const rows = await db.targetService.findMany({ where: { targetId } });
  const kept = rows.map(({ definition, port: at, isDefault }) => ({ definition, port: at, isDefault }));
  if (kept.length === 0) return [{ definition: 'ssh', port, isDefault: true }];
  const reached = portOf(kept);
  const at = Math.max(
    kept.findIndex(({ definition, port: each }) => definition === 'ssh' && each === reached),
    kept.findIndex(({ isDefault }) => isDefault && !kept.some(({ definition }) => definition === 'ssh')),
  );
  return kept.map((service, index) => (index === at ? { ...service, port } : service));
}

interface Table<Row> {
  deleteMany(query: { where: { targetId: string } }): Promise<unknown>;
  createMany(query: { data: (Row & { targetId: string })[] }): Promise<unknown>;
}

async function replace<Row extends object>(table: Table<Row>, targetId: string, rows: readonly Row[]): Promise<void> {
  await table.deleteMany({ where: { targetId } });
  if (rows.length > 0) await table.createMany({ data: rows.map((row) => ({ ...row, targetId })) });
}
