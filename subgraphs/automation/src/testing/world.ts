import { randomUUID } from 'node:crypto';
import { permissionsOf } from '@opsconductor/authz';
import type { Permission, Viewer } from '@opsconductor/authz';
import { connect } from '@opsconductor/database';
import { createJobQueue, createPostgresWakeUps, createTransact } from '@opsconductor/events';
import type { Fleet, ReleasedConnection } from '@opsconductor/fleet';
import { Releases } from '@opsconductor/process';
import { createLog } from '@opsconductor/telemetry';
import { createTestDatabase } from '@opsconductor/testkit';
import { PrismaClient } from '../../generated/prisma/client.ts';
import { startExecutor } from '../engine/executor.ts';
import type { Executor } from '../engine/executor.ts';
import type { Db } from '../executions/eventLog.ts';
import { parseNetworks } from '../ssh/networks.ts';
import { createAutomation } from '../subgraph.ts';
import { createExpressions } from '../workflows/expressions/index.ts';

export const log = createLog('test', { level: process.env['TEST_LOG'] ?? 'silent' });

/** How a target is reached, and the host keys that have been accepted for it. */
export interface FleetTarget {
  readonly labels?: Readonly<Record<string, string>>;
  readonly id: string;
  readonly name: string;
  readonly connection: Pick<ReleasedConnection, 'address' | 'port' | 'username' | 'authentication'>;
  acceptedKey?: string;
}

/** A fleet in memory: what the assets domain promises, for as many hosts as a test likes. */
export class MemoryFleet implements Fleet {
  readonly targets = new Map<string, FleetTarget>();
  readonly releases: string[] = [];

  add(name: string, connection: FleetTarget['connection'], labels: Readonly<Record<string, string>> = {}): string {
    const id = randomUUID();
    this.targets.set(id, { id, name, connection, labels });
    return id;
  }

  /** Knows one kind of filter, `name=...`, and finds fault with every other. */
  selectTargets: Fleet['selectTargets'] = async ({ targetIds = [], filter }) => {
    const name = filter === undefined ? undefined : /^name=(.+)$/.exec(filter)?.[1];
    const named = targetIds.flatMap((id) => this.targets.get(id) ?? []);
    const matching = [...this.targets.values()].filter((target) => target.name === name);
    return {
      targets: [...new Set([...named, ...matching])].map(({ id, name, labels = {} }) => ({
        id,
        name,
        labels: { ...labels },
      })),
      missingIds: targetIds.filter((id) => !this.targets.has(id)),
      exceedsLimit: false,
      ...(filter !== undefined && name === undefined && { filterFault: 'At character 1: expected name.' }),
    };
  };

  releaseConnections: Fleet['releaseConnections'] = async ({ tasks }) => ({
    connections: tasks.map(({ taskId, attempt, targetId }) => {
      const target = this.targets.get(targetId);
      const release = `${taskId} ${attempt}`;
      if (!target || this.releases.includes(release))
        return { taskId, outcome: 'refused', reason: 'The credential was released for this attempt before.' };
      this.releases.push(release);
      const hostKeyPolicy = 'TRUST_ON_FIRST_USE';
      return { taskId, outcome: 'released', ...target.connection, hostKeyPolicy, pinned: [], revoked: [] };
    }),
  });

  judgeHostKey: Fleet['judgeHostKey'] = async ({ targetId, publicKey }) => {
    const target = this.targets.get(targetId);
    if (target) target.acceptedKey ??= publicKey;
    return { isAccepted: target?.acceptedKey === publicKey };
  };

  close = async () => undefined;
}

export type AutomationWorld = Awaited<ReturnType<typeof createWorld>>;

export interface WorldOptions {
  /** What the domain takes for the time; the time when it is left out. */
  readonly clock?: () => Date;
}

/** The automation domain on a database of its own, with as many executors as a test starts. */
export async function createWorld({ clock = () => new Date() }: WorldOptions = {}) {
  const held = new Releases();
  const database = held.add(await createTestDatabase(), (it) => it.drop());
  const { url } = database;
  const wakeUps = held.add(await createPostgresWakeUps({ url, log }), (it) => it.close());
  const queue = held.add(await createJobQueue({ url, log, name: 'test', supervise: true }), (it) => it.stop());
  const settings = { url, schema: 'automation', applicationName: 'test', poolSize: 10 };
  const prisma = held.add(connect(PrismaClient, settings), (it) => it.$disconnect());
  // Prisma loads its engine with the first query, by an import, which Jest refuses between two tests.
  await prisma.$queryRaw`select 1`;
  const fleet = new MemoryFleet();
  const expressions = held.add(createExpressions(), (it) => it.close());
  const allowedNetworks = parseNetworks(['127.0.0.0/8']);
  const automation = await createAutomation({ prisma, queue, wakeUps, fleet, log, clock, allowedNetworks });
  const { subgraph } = held.add(automation, (it) => it.stop());
  return {
    url,
    prisma,
    queue,
    wakeUps,
    fleet,
    transact: createTransact<Db>(prisma, queue, wakeUps),
    /** Runs a document as the router would for a viewer. */
    async execute(viewer: Viewer, query: string, variables: Record<string, unknown> = {}) {
      const call = { viewer, requestId: 'test', signal: new AbortController().signal };
      return (await subgraph.execute({ query, variables }, call)) as TestResponse;
    },
    async startExecutor(labels: readonly string[] = []): Promise<Executor> {
      const deps = { prisma, queue, wakeUps, fleet, log, allowedNetworks, expressions, labels };
      return held.add(await startExecutor(deps), (it) => it.stop(0));
    },
    close: () => held.releaseAll(),
  };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is the document's
export type TestData = any;

export interface TestResponse {
  readonly data?: TestData;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** A signed-in viewer with the given permissions; everything without. */
export function viewerWith(...permissions: Permission[]): Viewer {
  return {
    kind: 'user',
    userId: '01990000-0000-7000-8000-00000000000a',
    sessionId: '01990000-0000-7000-8000-00000000000b',
    permissions: permissions.length > 0 ? new Set(permissions) : permissionsOf(['ADMIN']),
    expiresAt: new Date(Date.now() + 300_000),
  };
}
