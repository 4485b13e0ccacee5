import { v7 as newId } from 'uuid';

/**
 * Something that became true in a domain. Published in the transaction that made it true, delivered at least once;
 * consumers are idempotent by `id`. `data` never holds a secret.
 */
export interface DomainEvent {
  readonly id: string;
  /** `domain.noun.pastVerb`, such as `automation.execution.finished`. */
  readonly type: string;
  readonly version: number;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  /** The user who did it; null when nobody signed in did. */
  readonly actorId: string | null;
  readonly subject: { readonly type: string; readonly id: string };
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  readonly requestId: string | null;
}

export type NewDomainEvent = Pick<DomainEvent, 'type' | 'actorId' | 'subject'> &
  Partial<Pick<DomainEvent, 'data' | 'requestId'>>;

export function completeEvent(event: NewDomainEvent, now: Date): DomainEvent {
  return {
    // UUIDv7: ids of one process sort in the order in which the events were published.
    id: newId(),
    version: 1,
    occurredAt: now.toISOString(),
    data: {},
    requestId: null,
    ...event,
  };
}
