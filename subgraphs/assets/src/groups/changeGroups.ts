import { requirePermission } from '@opsconductor/authz';
import type { NewDomainEvent } from '@opsconductor/events';
import type { CreateTargetGroupInput, MoveTargetGroupInput, UpdateTargetGroupInput } from '../../generated/graphql.ts';
import type { TargetGroup } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { TARGETS_TOPIC } from '../targets/topics.ts';
import { groupChangeInput, groupInput, readGroupFilter } from './groupInput.ts';
import { TargetGroupInUse, TargetGroupWouldContainItself } from './refusals.ts';
import { GROUPS_TOPIC } from './topics.ts';
import { lockTree, nameTaken, pathOf, placeGroup, requireGroup } from './tree.ts';

/** @throws {InvalidInput} {@link TargetGroupNotFound} {@link TargetGroupNameTaken} */
export async function createGroup(context: Context, input: CreateTargetGroupInput): Promise<TargetGroup> {
  const { userId } = requirePermission(context.viewer, 'group:write');
  const { name, parentId, description, ...given } = parseInput(groupInput, input);
  const filter = readGroupFilter(given.filter) ?? null;
  return context.transact(async (unit) => {
    await lockTree(unit.db);
    const parent = parentId == null ? null : await requireGroup(unit.db, parentId);
    const path = pathOf(parent, name);
    const group = await unit.db.targetGroup
      .create({
        data: {
          name,
          path,
          filter,
          parentId: parent?.id ?? null,
          description: description || null,
          createdAt: context.clock(),
        },
      })
      .catch(nameTaken(path));
    announce(unit, groupEvent('created', group, context, userId));
    return group;
  });
}

/** @throws {InvalidInput} {@link TargetGroupNotFound} {@link TargetGroupNameTaken} */
export async function updateGroup(context: Context, input: UpdateTargetGroupInput): Promise<TargetGroup> {
  const { userId } = requirePermission(context.viewer, 'group:write');
  const { id, name: newName, description, ...given } = parseInput(groupChangeInput, input);
  const filter = readGroupFilter(given.filter);
  return changeGroup(context, async (unit) => {
    const group = await requireGroup(unit.db, id);
    const name = newName ?? group.name;
    const parent = group.parentId === null ? null : await requireGroup(unit.db, group.parentId);
    await placeGroup(unit.db, group, group.parentId, name, pathOf(parent, name));
    const changed = await unit.db.targetGroup.update({
      where: { id: group.id },
      data: {
        ...(description !== undefined && { description: description || null }),
        ...(filter !== undefined && { filter }),
      },
    });
    announce(unit, groupEvent('updated', changed, context, userId));
    return changed;
  });
}

/** @throws {InvalidInput} {@link TargetGroupNotFound} {@link TargetGroupNameTaken} {@link TargetGroupWouldContainItself} */
export async function moveGroup(context: Context, { id, parentId }: MoveTargetGroupInput): Promise<TargetGroup> {
  const { userId } = requirePermission(context.viewer, 'group:write');
  return changeGroup(context, async (unit) => {
    const group = await requireGroup(unit.db, id);
    const parent = parentId == null ? null : await requireGroup(unit.db, parentId);
    if (parent && `${parent.path}/`.startsWith(`${group.path}/`)) throw new TargetGroupWouldContainItself(group.path);
    const moved = await placeGroup(unit.db, group, parent?.id ?? null, group.name, pathOf(parent, group.name));
    announce(unit, groupEvent('moved', moved, context, userId, { from: group.path }));
    return moved;
  });
}

/**
 * @returns its id
 * @throws {TargetGroupNotFound} {@link TargetGroupInUse}
 */
export async function deleteGroup(context: Context, id: string): Promise<string> {
  const { userId } = requirePermission(context.viewer, 'group:write');
  return changeGroup(context, async (unit) => {
    const group = await requireGroup(unit.db, id);
    const childCount = await unit.db.targetGroup.count({ where: { parentId: group.id } });
    const memberCount = await unit.db.groupMember.count({ where: { groupId: group.id, target: { deletedAt: null } } });
    if (childCount + memberCount > 0) throw new TargetGroupInUse(childCount, memberCount);
    await unit.db.targetGroup.delete({ where: { id: group.id } });
    announce(unit, groupEvent('deleted', group, context, userId));
    return group.id;
  });
}

type Unit = Parameters<Parameters<Context['transact']>[0]>[0];

async function changeGroup<Result>(context: Context, change: (unit: Unit) => Promise<Result>): Promise<Result> {
  const result = await context.transact(async (unit) => {
    await lockTree(unit.db);
    return change(unit);
  });
  context.loaders.group.clearAll();
  return result;
}

/** Filters of targets speak of groups, so lists of targets may change too. */
function announce(unit: Unit, event: NewDomainEvent): void {
  unit.emit(event);
  unit.wake(GROUPS_TOPIC);
  unit.wake(TARGETS_TOPIC);
}

function groupEvent(
  verb: 'created' | 'updated' | 'moved' | 'deleted',
  { id, path, filter }: TargetGroup,
  { requestId }: Context,
  actorId: string,
  more: Record<string, string> = {},
): NewDomainEvent {
  return {
    type: `assets.targetGroup.${verb}`,
    actorId,
    requestId,
    subject: { type: 'targetGroup', id },
    data: { path, filter, ...more },
  };
}
