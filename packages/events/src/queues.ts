/** Every queue of the platform. A process declares all of them at its start, so that nothing is sent to nowhere. */
export const queues = {
  /** `{ shardId }`: a part of an execution to run. Never given up: what happened to its tasks has to be recorded. */
  'automation.shard': {
    heartbeatSeconds: 10,
    expireInSeconds: 24 * 60 * 60,
    retryLimit: 1_000_000,
    retryDelay: 1,
    deleteAfterSeconds: 60 * 60,
    retentionSeconds: 30 * 24 * 60 * 60,
  },
  /** `{ executionId }`: look at what comes next in an execution. Repeating it changes nothing. */
  'automation.advance': {
    heartbeatSeconds: 10,
    expireInSeconds: 300,
    retryLimit: 1_000_000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    deleteAfterSeconds: 10 * 60,
    retentionSeconds: 366 * 24 * 60 * 60,
  },
  /** `{ stepId }`: the part of a step that asks somebody outside, and so cannot be done inside a transaction. */
  'automation.call': {
    heartbeatSeconds: 10,
    expireInSeconds: 24 * 60 * 60,
    retryLimit: 1_000_000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    deleteAfterSeconds: 60 * 60,
    retentionSeconds: 30 * 24 * 60 * 60,
  },
  /** `{ occurrenceId }`: a tick of a schedule to fire. Never given up: it is started, or written down why not. */
  'automation.occurrence': {
    heartbeatSeconds: 10,
    expireInSeconds: 300,
    retryLimit: 1_000_000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 30,
    deleteAfterSeconds: 60 * 60,
    retentionSeconds: 30 * 24 * 60 * 60,
  },
  /** Domain events that the automation domain itself acts on. */
  'automation.event': {
    heartbeatSeconds: 10,
    expireInSeconds: 300,
    retryLimit: 100,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    deleteAfterSeconds: 60 * 60,
    retentionSeconds: 30 * 24 * 60 * 60,
  },
  /** Domain events on their way into the audit log. */
  'communication.audit': {
    heartbeatSeconds: 10,
    expireInSeconds: 300,
    retryLimit: 1_000_000,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 60,
    deleteAfterSeconds: 60 * 60,
    retentionSeconds: 365 * 24 * 60 * 60,
  },
} as const satisfies Record<string, QueueDeclaration>;

export type DeclaredQueue = keyof typeof queues;
/** A queue of the platform, or the one beside it for those who carry a label: `automation.shard/dmz`. */
export type QueueName = DeclaredQueue | `${DeclaredQueue}/${string}`;

/** What a label may be made of: it is part of a queue's name. */
export const QUEUE_LABEL = /^[A-Za-z0-9][\w.-]{0,59}$/;

/** @returns the queue for holders of a label, or the one for everybody */
export function labelledQueue(queue: DeclaredQueue, label: string | null | undefined): QueueName {
  if (label == null) return queue;
  if (!QUEUE_LABEL.test(label)) throw new Error(`"${label}" cannot be the label of a queue.`);
  return `${queue}/${label}`;
}

/** How a queue is kept: one with a label as the one without. */
export function declarationOf(name: QueueName): QueueDeclaration {
  const declared = name.split('/')[0] as DeclaredQueue;
  return queues[declared];
}

/** The queues that take every domain event, each its own copy. */
export const eventQueues: readonly QueueName[] = ['communication.audit', 'automation.event'];

export interface QueueDeclaration {
  readonly heartbeatSeconds: number;
  readonly expireInSeconds: number;
  readonly retryLimit: number;
  readonly retryDelay: number;
  readonly retryBackoff?: boolean;
  readonly retryDelayMax?: number;
  readonly deleteAfterSeconds: number;
  readonly retentionSeconds: number;
}
