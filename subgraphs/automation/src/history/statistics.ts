import { requirePermission } from '@opsconductor/authz';
import type { ExecutionStatus } from '../../generated/prisma/enums.ts';
import type { ExecutionFilter } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { endedStatuses } from '../executions/transitions.ts';
import { whereOf } from './executionFilter.ts';

/** Executions that statistics are made of at most: the newest. */
const SAMPLE = 10_000;

export interface ExecutionStatistics {
  /** Executions that have ended, of those that were looked at. */
  readonly count: number;
  /** Whether older ones were left out. */
  readonly isSample: boolean;
  readonly succeeded: number;
  /** From 0 to 1; null when none has ended. */
  readonly successRate: number | null;
  readonly byStatus: readonly { readonly status: ExecutionStatus; readonly count: number }[];
  readonly durationSeconds: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly longest: number;
  } | null;
}

/** How executions that a filter asks for have ended, and how long they ran. */
export async function readStatistics(
  { viewer, prisma }: Context,
  filter: ExecutionFilter | null | undefined,
): Promise<ExecutionStatistics> {
  requirePermission(viewer, 'execution:read');
  const rows = await prisma.execution.findMany({
    where: { AND: [whereOf(filter), { status: { in: [...endedStatuses] } }] },
    select: { status: true, startedAt: true, finishedAt: true },
    orderBy: { id: 'desc' },
    take: SAMPLE + 1,
  });
  const sample = rows.slice(0, SAMPLE);
  const byStatus = [...Map.groupBy(sample, ({ status }) => status)].map(([status, group]) => ({
    status,
    count: group.length,
  }));
  const succeeded = byStatus.find(({ status }) => status === 'SUCCEEDED')?.count ?? 0;
  const durations = sample.flatMap(({ startedAt, finishedAt }) =>
    startedAt && finishedAt ? (finishedAt.getTime() - startedAt.getTime()) / 1000 : [],
  );
  return {
    count: sample.length,
    isSample: rows.length > SAMPLE,
    succeeded,
    successRate: sample.length > 0 ? succeeded / sample.length : null,
    byStatus: byStatus.sort((one, other) => other.count - one.count),
    durationSeconds: percentiles(durations),
  };
}

/** The smallest value that so many of all values do not exceed (nearest rank). */
function percentiles(values: readonly number[]): ExecutionStatistics['durationSeconds'] {
  const sorted = values.toSorted((one, other) => one - other);
  const longest = sorted.at(-1);
  if (longest === undefined) return null;
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? longest;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), longest };
}
