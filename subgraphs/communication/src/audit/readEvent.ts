import type { LeasedJob } from '@opsconductor/events';
import { isId } from '@opsconductor/subgraph';
import { z } from 'zod';
import type { Entry } from './chain.ts';

/** The type of entry that stands for an event that nobody can read. */
export const MALFORMED = 'communication.event.malformed';

/** Whatever passes can be stored, and comes back as it was. */
const text = (mostCharacters: number) =>
  z
    .string()
    .max(mostCharacters)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'cannot be stored');
const id = z.string().refine(isId, 'is not an id').toLowerCase();
const instant = z.iso
  .datetime({ offset: true })
  .transform((value) => new Date(value))
  .refine((value) => value.getUTCFullYear() >= 1970 && value.getUTCFullYear() <= 9999, 'is out of range');

const domainEvent = z.object({
  id,
  type: text(200).min(1),
  occurredAt: instant,
  actorId: id.nullable(),
  subject: z.object({ type: text(200), id: text(500) }),
  data: z.record(text(200), z.union([text(16_384), z.number(), z.boolean(), z.null()])),
  requestId: text(500).nullable(),
});

/**
 * The entry that records a domain event. A malformed event is recorded as such, under the id of its job: to try again
 * would make it no better and would keep those behind it waiting.
 */
export function readEvent({ id: jobId, data: event }: LeasedJob<unknown>, now: Date): Entry {
  const parsed = domainEvent.safeParse(event);
  if (!parsed.success) return describeMalformed(jobId, parsed.error, now);
  const { subject, ...entry } = parsed.data;
  return { ...entry, subjectType: subject.type, subjectId: subject.id };
}

/** Names what is wrong, and nothing of the content: who made it malformed may have put anything there. */
function describeMalformed(jobId: string, { issues }: z.ZodError, now: Date): Entry {
  const paths = issues.map(({ path }) => (path[0] === undefined ? 'event' : String(path[0])));
  return {
    id: jobId,
    type: MALFORMED,
    occurredAt: now,
    actorId: null,
    subjectType: 'event',
    subjectId: jobId,
    data: { wrong: [...new Set(paths)].sort().join(' ') },
    requestId: null,
  };
}
