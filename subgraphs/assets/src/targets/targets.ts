import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, InvalidInput, isId, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient, Target, TargetAttribute } from '../../generated/prisma/client.ts';
import type { TargetFilter } from '../../generated/graphql.ts';
import type { Context, Db } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { conditionSql } from '../filters/groupsOfFilter.ts';
import { readFilterArgument } from '../filters/readFilter.ts';
import { nameKeyOf } from '../input/nameOrder.ts';
import { parseInput } from '../input/parseInput.ts';
import { isPrintable, printableText } from '../input/text.ts';
import { LABEL_LIMIT } from './labels.ts';
import type { Label } from './labels.ts';

const PAGE_LIMIT = 100;

const { sql, join } = Prisma;

/** @returns null when there is none, or it is deleted */
export async function findTarget({ viewer, loaders }: Context, id: string): Promise<Target | null> {
  requirePermission(viewer, 'target:read');
  const known = readId(id);
  return known === undefined ? null : loaders.target.load(known);
}

/**
 * By name.
 * @throws {BadUserInput} a page or a filter that is none
 */
export async function listTargets(
  { viewer, prisma }: Context,
  page: PageArguments,
  filter?: TargetFilter | null,
): Promise<Connection<Target>> {
  requirePermission(viewer, 'target:read');
  const condition = await readConditions(prisma, filter ?? {});
  return pageOfTargets(prisma, page, condition);
}

/** Targets that meet a condition on rows `t` of `targets`, by name. Two statements, however many there are. */
export function pageOfTargets(
  prisma: PrismaClient,
  page: PageArguments,
  condition: Prisma.Sql,
): Promise<Connection<Target>> {
  return readPage(page, PAGE_LIMIT, nameKeyOf, async (after, take) => {
    const rows = await prisma.$queryRaw<{ id: string }[]>`
      select t.id from targets t
      where t.deleted_at is null and ${condition} ${after ? afterKeyset(after) : Prisma.empty}
      order by t.name, t.id limit ${take}`;
    if (rows.length === 0) return [];
    const targets = await prisma.target.findMany({ where: { id: { in: rows.map(({ id }) => id) } } });
    const byId = new Map(targets.map((target) => [target.id, target]));
    // One that was deleted for good in between is left out.
    return rows.flatMap(({ id }) => byId.get(id) ?? []);
  });
}

export async function listLabels({ viewer, loaders }: Context, targetId: string): Promise<Label[]> {
  requirePermission(viewer, 'target:read');
  return loaders.labels.load(targetId);
}

export async function listAttributes({ viewer, loaders }: Context, targetId: string): Promise<TargetAttribute[]> {
  requirePermission(viewer, 'target:read');
  return loaders.attributes.load(targetId);
}

/** Locks a target until the transaction ends. @returns undefined when there is none, or it is deleted */
export async function lockTarget(db: Db, id: string): Promise<Target | undefined> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from targets where id = ${id}::uuid and deleted_at is null for update`;
  return rows.length === 0 ? undefined : db.target.findUniqueOrThrow({ where: { id } });
}

/** The rows after a keyset of names and ids. @throws {BadUserInput} it is none */
function afterKeyset([name, id]: readonly (string | number)[]): Prisma.Sql {
  if (typeof name !== 'string' || !isPrintable(name) || typeof id !== 'string' || !isId(id))
    throw new BadUserInput('after is not a cursor of this list.');
  return sql`and (t.name, t.id) > (${name}, ${id}::uuid)`;
}

const filterInput = z.object({
  nameContains: printableText('nameContains', { least: 0, most: 200 }).nullish(),
  labels: z
    .array(z.object({ key: z.string(), value: z.string() }))
    .max(LABEL_LIMIT)
    .nullish(),
});

async function readConditions(prisma: PrismaClient, filter: TargetFilter): Promise<Prisma.Sql> {
  const { nameContains, labels } = parseFilter(filter);
  const expression = readFilterArgument(filter);
  const conditions = (labels ?? []).map(({ key, value }) =>
    isPrintable(key) && isPrintable(value)
      ? sql`exists (select 1 from target_labels l where l.target_id = t.id and l.key = ${key} and l.value = ${value})`
      : sql`false`,
  );
  if (nameContains) conditions.push(sql`t.name ilike ${`%${escapePattern(nameContains)}%`}`);
  if (expression) conditions.push(await conditionSql(prisma, expression));
  return conditions.length === 0 ? sql`true` : join(conditions, ' and ');
}

/** A query has no refusals: what the filter cannot be is an error. */
function parseFilter(filter: TargetFilter): z.infer<typeof filterInput> {
  try {
    return parseInput(filterInput, filter);
  } catch (error) {
    if (error instanceof InvalidInput) throw new BadUserInput(`filter.${error.field}: ${error.message}`);
    throw error;
  }
}

/** `contains` becomes LIKE as it is: % and _ are characters here, not patterns. */
function escapePattern(text: string): string {
  return text.normalize('NFC').replace(/[\\%_]/g, '\\$&');
}
