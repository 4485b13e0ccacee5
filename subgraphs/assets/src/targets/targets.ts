import { requirePermission } from '@opsconductor/authz';
import { BadUserInput, InvalidInput, readPage } from '@opsconductor/subgraph';
import type { Connection, PageArguments } from '@opsconductor/subgraph';
import { z } from 'zod';
import type { Prisma, Target } from '../../generated/prisma/client.ts';
import type { TargetFilter } from '../../generated/graphql.ts';
import type { Context, Db } from '../context.ts';
import { readId } from '@opsconductor/subgraph';
import { afterName, byName, nameKeyOf } from '../input/nameOrder.ts';
import { parseInput } from '../input/parseInput.ts';
import { printableText } from '../input/text.ts';
import { LABEL_LIMIT, havingLabels } from './labels.ts';
import type { Label } from './labels.ts';

const PAGE_LIMIT = 100;

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
  const conditions = conditionsOf(filter);
  return readPage(page, PAGE_LIMIT, nameKeyOf, (after, take) =>
    prisma.target.findMany({
      where: { deletedAt: null, AND: after ? [...conditions, afterName(after)] : conditions },
      orderBy: byName,
      take,
    }),
  );
}

export async function listLabels({ viewer, loaders }: Context, targetId: string): Promise<Label[]> {
  requirePermission(viewer, 'target:read');
  return loaders.labels.load(targetId);
}

/** Locks a target until the transaction ends. @returns undefined when there is none, or it is deleted */
export async function lockTarget(db: Db, id: string): Promise<Target | undefined> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select id from targets where id = ${id}::uuid and deleted_at is null for update`;
  return rows.length === 0 ? undefined : db.target.findUniqueOrThrow({ where: { id } });
}

const filterInput = z.object({
  nameContains: printableText('nameContains', { least: 0, most: 200 }).nullish(),
  labels: z
    .array(z.object({ key: z.string(), value: z.string() }))
    .max(LABEL_LIMIT)
    .nullish(),
});

function conditionsOf(filter: TargetFilter | null | undefined): Prisma.TargetWhereInput[] {
  const { nameContains, labels } = parseFilter(filter ?? {});
  const conditions: Prisma.TargetWhereInput[] = [];
  if (nameContains) conditions.push({ name: { contains: escapePattern(nameContains), mode: 'insensitive' } });
  if (labels?.length) conditions.push(havingLabels(labels));
  return conditions;
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
