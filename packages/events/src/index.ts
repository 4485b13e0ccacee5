export { connectWakeUps } from './connectWakeUps.ts';
export type { DomainEvent, NewDomainEvent } from './domainEvent.ts';
export { createJobQueue, type JobQueue, type LeasedJob } from './jobQueue.ts';
export { createPostgresWakeUps } from './postgresWakeUps.ts';
export { startPump, type Pump, type PumpOptions } from './pump.ts';
export { labelledQueue, QUEUE_LABEL, type QueueName } from './queues.ts';
export { createRedisWakeUps } from './redisWakeUps.ts';
export { createTransact, type Transact, type Unit } from './transaction.ts';
export type { SqlExecutor, WakeUps } from './wakeUps.ts';
