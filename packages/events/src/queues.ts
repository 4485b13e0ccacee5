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

export type QueueName = keyof typeof queues;

/** The queues that take every domain event, each its own copy. */
export const eventQueues: readonly QueueName[] = ['communication.audit'];

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
