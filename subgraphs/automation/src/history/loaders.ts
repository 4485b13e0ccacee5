import DataLoader from 'dataloader';
import { Prisma } from '../../generated/prisma/client.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';

/** Whose executions: those with a task on a target, those that a user has started, those of a job. */
export type ExecutionOwner = 'target' | 'user' | 'job';

export interface OwnedPageKey {
  readonly owner: ExecutionOwner;
  readonly id: string;
  /** Executions with smaller ids only: older ones. */
  readonly before: string | undefined;
  readonly limit: number;
}

export interface HistoryLoaders {
  /** Ids of executions, newest first. Pages of the same kind, for any number of owners, are one statement. */
  readonly ownedExecutionIds: DataLoader<OwnedPageKey, string[], string>;
}

export function createHistoryLoaders(prisma: PrismaClient): HistoryLoaders {
  return {
    ownedExecutionIds: new DataLoader((keys) => readPages(prisma, keys), {
      cacheKeyFn: ({ owner, id, before, limit }) => `${owner} ${id} ${before ?? ''} ${limit}`,
    }),
  };
}

async function readPages(prisma: PrismaClient, keys: readonly OwnedPageKey[]): Promise<string[][]> {
  const found = new Map<OwnedPageKey, string[]>();
  const groups = Map.groupBy(keys, ({ owner, before, limit }) => `${owner} ${before ?? ''} ${limit}`);
  for (const group of groups.values()) {
    const rows = await readGroup(prisma, group);
    const byOwner = Map.groupBy(rows, ({ owner_id }) => owner_id);
    for (const key of group) found.set(key, byOwner.get(key.id)?.map(({ execution_id }) => execution_id) ?? []);
  }
  return keys.map((key) => found.get(key) ?? []);
}

/** One look into an index per owner; ids grow with time (UUIDv7). */
function readGroup(prisma: PrismaClient, group: readonly OwnedPageKey[]) {
  const [first] = group;
  const { owner, before, limit } = first ?? { owner: 'job' as const, before: undefined, limit: 0 };
  const older = (column: Prisma.Sql) => (before ? Prisma.sql`and ${column} < ${before}::uuid` : Prisma.empty);
  const pages = {
    target: Prisma.sql`
      select distinct execution_id from tasks
      where target_id = wanted.id ${older(Prisma.sql`execution_id`)} order by execution_id desc limit ${limit}`,
    user: Prisma.sql`
      select id as execution_id from executions
      where started_by_id = wanted.id ${older(Prisma.sql`id`)} order by id desc limit ${limit}`,
    job: Prisma.sql`
      select id as execution_id from executions
      where job_id = wanted.id ${older(Prisma.sql`id`)} order by id desc limit ${limit}`,
  };
  return prisma.$queryRaw<{ owner_id: string; execution_id: string }[]>(Prisma.sql`
    select wanted.id as owner_id, page.execution_id
    from unnest(${group.map(({ id }) => id)}::uuid[]) as wanted (id)
    cross join lateral (${pages[owner]}) as page
    order by page.execution_id desc`);
}
