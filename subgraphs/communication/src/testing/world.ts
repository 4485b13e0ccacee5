/** A communication domain of its own for one test file: real PostgreSQL, the real queue. */
import { randomUUID } from 'node:crypto';
import { permissionsOf } from '@opsconductor/authz';
import type { Permission, UserViewer, Viewer } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { createJobQueue, createPostgresWakeUps, createTransact } from '@opsconductor/events';
import type { DomainEvent, JobQueue, NewDomainEvent, Transact, WakeUps } from '@opsconductor/events';
import { Releases } from '@opsconductor/process';
import type { SubgraphResponse } from '@opsconductor/subgraph';
import { createLog } from '@opsconductor/telemetry';
import type { Log } from '@opsconductor/telemetry';
import { createTestDatabase } from '@opsconductor/testkit';
import type { Db } from '../context.ts';
import { PrismaClient, createCommunication } from '../index.ts';
import type { Communication } from '../index.ts';

const RECORDED_WITHIN_MS = 30_000;

export interface World {
  readonly prisma: PrismaClient;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly transact: Transact<Db>;
  readonly log: Log;
  /** Starts the domain, its recorder included. `count` sees every call of the database client. */
  start(count?: () => void): Promise<Communication>;
  /** Publishes events, each in a transaction of its own, in this order. */
  emit(...events: Partial<NewDomainEvent>[]): Promise<void>;
  /** Publishes events as they are, well-formed or not. */
  publish(...events: unknown[]): Promise<void>;
  /** Until the audit log has so many entries. */
  untilRecorded(entries: number): Promise<void>;
  /** Stops every recorder, and empties queue and log: cheaper than a world of its own for each test. */
  startOver(): Promise<void>;
  /** Runs SQL that the audit log itself refuses. */
  tamper(sql: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const held = new Releases();
  const log = createLog('test', { level: 'silent' });
  const { url } = held.add(await createTestDatabase(), (it) => it.drop());
  const wakeUps = held.add(await createPostgresWakeUps({ url, log }), (it) => it.close());
  const queue = held.add(await createJobQueue({ url, log, name: 'test', supervise: true }), (it) => it.stop());
  const options = { url, schema: 'communication', applicationName: 'communication test', poolSize: 8 };
  const prisma = held.add(connect(PrismaClient, options), (it) => it.$disconnect());
  const transact = createTransact<Db>(prisma, queue, wakeUps);
  const started: Communication[] = [];
  const stopAll = async (): Promise<void> => {
    for (const communication of started.splice(0)) await communication.stop();
  };
  held.add(started, stopAll);
  const tamper = async (sql: string): Promise<void> => {
    await prisma.$executeRawUnsafe('alter table audit_events disable trigger user');
    await prisma.$executeRawUnsafe(sql);
    await prisma.$executeRawUnsafe('alter table audit_events enable trigger user');
  };
  return {
    prisma,
    queue,
    wakeUps,
    transact,
    log,
    async start(count) {
      const client = count ? countingCalls(prisma, count) : prisma;
      const communication = await createCommunication({ prisma: client, queue, wakeUps, transact, log });
      started.push(communication);
      return communication;
    },
    async emit(...events) {
      for (const event of events) await transact(async (unit) => unit.emit(newEvent(event)));
    },
    publish: (...events) => prisma.$transaction((db) => queue.publish(db, events as DomainEvent[])),
    untilRecorded: (entries) => untilRecorded(prisma, wakeUps, entries),
    async startOver() {
      await stopAll();
      const left = await queue.fetch('communication.audit', 1_000);
      await prisma.$transaction((db) => queue.complete(db, 'communication.audit', left));
      await tamper('truncate audit_events');
    },
    tamper,
    close: () => held.releaseAll(),
  };
}

export const someone = randomUUID();

export function newEvent(event: Partial<NewDomainEvent> = {}): NewDomainEvent {
  return { type: 'test.thing.happened', actorId: someone, subject: { type: 'thing', id: '1' }, ...event };
}

export function completeEvent(event: Partial<DomainEvent> = {}): DomainEvent {
  return {
    id: randomUUID(),
    version: 1,
    occurredAt: new Date().toISOString(),
    data: {},
    requestId: null,
    ...newEvent(),
    ...event,
  };
}

export function viewerWith(permissions: Iterable<Permission>): UserViewer {
  const expiresAt = new Date(Date.now() + 300_000);
  return { kind: 'user', userId: someone, sessionId: randomUUID(), permissions: new Set(permissions), expiresAt };
}

export const auditor = viewerWith(permissionsOf(['AUDITOR']));

/** As loose as JSON: documents decide its shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what the type system does not see
export type Data = Record<string, any>;

export function send(
  { subgraph }: Communication,
  viewer: Viewer,
  query: string,
  variables: object = {},
): Promise<SubgraphResponse> {
  return subgraph.execute(
    { query, variables: variables as Record<string, unknown> },
    { viewer, requestId: 'request-1', signal: new AbortController().signal },
  );
}

/** @throws Error with the document and the answer when there are errors */
export async function ask(
  communication: Communication,
  viewer: Viewer,
  query: string,
  variables?: object,
): Promise<Data> {
  const answer = await send(communication, viewer, query, variables);
  if (answer.errors === undefined && answer.data) return answer.data;
  throw new Error(`The answer has errors.\n${JSON.stringify({ query, variables, answer }, null, 2)}`);
}

async function untilRecorded(prisma: PrismaClient, wakeUps: WakeUps, entries: number): Promise<void> {
  const deadline = AbortSignal.timeout(RECORDED_WITHIN_MS);
  let unlisten: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        prisma.auditEvent.count().then((count) => count >= entries && resolve(), reject);
      };
      deadline.addEventListener('abort', () => reject(new Error(`Fewer than ${entries} entries were recorded.`)));
      unlisten = wakeUps.listen('auditEvents', look);
      look();
    });
  } finally {
    unlisten();
  }
}

function countingCalls(prisma: PrismaClient, count: () => void): PrismaClient {
  return prisma.$extends({
    query: {
      $allOperations({ args, query }) {
        count();
        return query(args);
      },
    },
  }) as unknown as PrismaClient;
}
