import { InvalidInput, readId } from '@opsconductor/subgraph';
import { Prisma } from '../../generated/prisma/client.ts';
import type { TargetGroup } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { TargetGroupNameTaken, TargetGroupNotFound } from './refusals.ts';

const DEEPEST = 32;
const LONGEST_PATH = 2_000;

/** Changes of the tree happen one after the other: two moves at once could make a ring. Until the transaction ends. */
export async function lockTree(db: Db): Promise<void> {
  await db.$executeRaw`select pg_advisory_xact_lock(hashtext('assets.target_groups'))`;
}

/** @throws {TargetGroupNotFound} */
export async function requireGroup(db: Db, id: string): Promise<TargetGroup> {
  const known = readId(id);
  const group = known === undefined ? null : await db.targetGroup.findUnique({ where: { id: known } });
  if (!group) throw new TargetGroupNotFound();
  return group;
}

/** @throws {InvalidInput} it would be too deep */
export function pathOf(parent: TargetGroup | null, name: string): string {
  const path = `${parent?.path ?? ''}/${name}`;
  requireRoom(path, 0, 0);
  return path;
}

/**
 * Gives a group another place, and all groups below it with it, in one statement.
 * @throws {InvalidInput} something below it would be too deep
 * @throws {TargetGroupNameTaken}
 */
export async function placeGroup(db: Db, group: TargetGroup, parentId: string | null, name: string, path: string) {
  if (path !== group.path) {
    const [below] = await db.$queryRaw<{ length: number; depth: number }[]>`
      select max(length(path) - length(${group.path}))::int as length,
        max(cardinality(string_to_array(path, '/')) - cardinality(string_to_array(${group.path}, '/')))::int as depth
      from target_groups where path = ${group.path} or starts_with(path, ${`${group.path}/`})`;
    requireRoom(path, below?.depth ?? 0, below?.length ?? 0);
    await db.$executeRaw`
      update target_groups set path = ${path} || substr(path, length(${group.path}) + 1), updated_at = now()
      where path = ${group.path} or starts_with(path, ${`${group.path}/`})`.catch(nameTaken(path));
  }
  return db.targetGroup.update({ where: { id: group.id }, data: { parentId, name } });
}

/** Raw statements fail with the database's own code, which Prisma wraps. */
export function nameTaken(path: string) {
  return (error: unknown): never => {
    const isTaken =
      isUniqueViolation(error) ||
      (error instanceof Prisma.PrismaClientKnownRequestError && JSON.stringify(error.meta ?? {}).includes('23505'));
    throw isTaken ? new TargetGroupNameTaken(path) : error;
  };
}

function requireRoom(path: string, deeper: number, longer: number): void {
  if (path.split('/').length - 1 + deeper > DEEPEST)
    throw new InvalidInput('parentId', `Groups are at most ${DEEPEST} levels deep.`);
  if (path.length + longer > LONGEST_PATH)
    throw new InvalidInput('name', `The path of a group has at most ${LONGEST_PATH} characters.`);
}
