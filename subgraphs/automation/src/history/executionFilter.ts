import { BadUserInput, isId } from '@opsconductor/subgraph';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { ExecutionFilter } from '../../generated/graphql.ts';

const STATUS_LIMIT = 20;

/**
 * What a filter asks for; all that is given has to hold.
 * @throws {BadUserInput} an id that cannot be one, or more states than there are
 */
export function whereOf(filter: ExecutionFilter | null | undefined): Prisma.ExecutionWhereInput {
  const { statuses, jobId, targetId, startedById, createdFrom, createdBefore } = filter ?? {};
  if ([jobId, targetId, startedById].some((id) => id != null && !isId(id)))
    throw new BadUserInput('The filter names what is not an id.');
  if (statuses && statuses.length > STATUS_LIMIT)
    throw new BadUserInput(`A filter has at most ${STATUS_LIMIT} states.`);
  return {
    ...(statuses && { status: { in: [...statuses] } }),
    ...(jobId != null && { jobId }),
    ...(targetId != null && { tasks: { some: { targetId } } }),
    ...(startedById != null && { startedById }),
    ...((createdFrom || createdBefore) && {
      createdAt: { ...(createdFrom && { gte: createdFrom }), ...(createdBefore && { lt: createdBefore }) },
    }),
  };
}
