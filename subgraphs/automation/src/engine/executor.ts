/**
 * The executor: leases shards of executions and runs their tasks over SSH. Everything that must survive is in
 * PostgreSQL; what is here (connections, buffers, abort signals) may be lost at any moment. See SPEC.md.
 */
import pLimit from 'p-limit';
import { createTransact, labelledQueue, startPump } from '@opsconductor/events';
import type { JobQueue, LeasedJob, Pump, QueueName, Transact, WakeUps } from '@opsconductor/events';
import type { Fleet, ReleasedConnection } from '@opsconductor/fleet';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { lockExecution } from '../executions/eventLog.ts';
import type { Db } from '../executions/eventLog.ts';
import { createConnectionPool } from '../ssh/connectionPool.ts';
import type { ConnectionPool } from '../ssh/connectionPool.ts';
import type { Networks } from '../ssh/networks.ts';
import type { Work } from '../ssh/work.ts';
import { advance } from './advance.ts';
import { CancellationWatch } from './cancellation.ts';
import type { Expressions } from './expressions.ts';
import { writeNews } from './journal.ts';
import { Recorder } from './recorder.ts';
import { runTask } from './runTask.ts';
import { LeaseLost, claimShard, finishShard, giveBackShard } from './shards.ts';
import type { ClaimedShard, ClaimedTask, ShardJob } from './shards.ts';
import { readTaskScopes } from './taskScopes.ts';
import { workOf } from './work/workOf.ts';

const ADVANCE_SLOTS = 4;

export interface ExecutorDeps {
  readonly prisma: PrismaClient;
  readonly queue: JobQueue;
  readonly wakeUps: WakeUps;
  readonly fleet: Fleet;
  readonly log: Log;
  /** Networks that targets may be in although they are forbidden otherwise: loopback, say. */
  readonly allowedNetworks: Networks;
  /** Shards at once; a shard is at most 50 tasks. */
  readonly shards?: number;
  /** Connection attempts at once: each is a key exchange, which costs CPU here and on the target. */
  readonly connecting?: number;
  /** Work that asks for one of these labels is done here too. Their queues have to be declared. */
  readonly labels?: readonly string[];
  readonly expressions: Expressions;
  readonly clock?: () => Date;
}

export interface Executor {
  /** Takes no more work, lets commands finish for `graceMs`, then terminates them and records that. */
  stop(graceMs: number): Promise<void>;
}

export function startExecutor(deps: ExecutorDeps): Executor {
  return new RunningExecutor(deps);
}

/** What the shards of one step share in this process. */
interface StepWatch {
  readonly recorder: Recorder;
  readonly cancellation: CancellationWatch;
  users: number;
  /** A task was refused its beginning: no other one of the step is tried. */
  isStopped: boolean;
}

class RunningExecutor implements Executor {
  readonly #deps: ExecutorDeps;
  readonly #clock: () => Date;
  readonly #transact: Transact<Db>;
  readonly #connections: ConnectionPool;
  readonly #watches = new Map<string, StepWatch>();
  readonly stop: Executor['stop'];

  constructor(deps: ExecutorDeps) {
    const { prisma, queue, wakeUps, log, shards = 64, connecting = 32, labels = [], clock = () => new Date() } = deps;
    this.#deps = deps;
    this.#clock = clock;
    this.#transact = createTransact<Db>(prisma, queue, wakeUps, clock);
    this.#connections = createConnectionPool({ handshakes: connecting });
    const pumps = [
      this.#startShards('automation.shard', shards),
      ...labels.map((label) => this.#startShards(labelledQueue('automation.shard', label), shards)),
      // A lane of its own: bulk work never holds up what decides about it.
      startPump<{ executionId: string }>({
        queue,
        wakeUps,
        name: 'automation.advance',
        slots: ADVANCE_SLOTS,
        batch: 1,
        run: async (jobs) => {
          for (const job of jobs) await this.#advance(job);
        },
        log,
      }),
    ];
    this.stop = async (graceMs) => {
      await Promise.all(pumps.map((pump) => pump.stop(graceMs))).finally(() => this.#connections.close());
    };
  }

  #startShards(name: QueueName, slots: number): Pump {
    const { queue, wakeUps, log } = this.#deps;
    return startPump<ShardJob['data']>({
      queue,
      wakeUps,
      name,
      slots,
      batch: 1,
      run: async (jobs, signal) => {
        for (const job of jobs) await this.#runShard(job, signal, name);
      },
      log,
    });
  }

  async #advance(job: LeasedJob<{ executionId: string }>): Promise<void> {
    const { queue, expressions } = this.#deps;
    await this.#transact(async (unit) => {
      if (!(await queue.complete(unit.db, 'automation.advance', [job]))) throw new LeaseLost(job.data.executionId);
      const execution = await lockExecution(unit, job.data.executionId, this.#clock());
      if (!execution) return;
      await advance(execution, expressions);
      await execution.save();
    });
  }

  async #runShard(job: ShardJob, lease: AbortSignal, name: QueueName): Promise<void> {
    try {
      const shard = await claimShard(this.#transact, job, this.#clock());
      if (shard) {
        this.#deps.log.info(
          { executionId: shard.executionId, tasks: shard.tasks.length, fence: shard.fence },
          'shard.claimed',
        );
        await this.#runTasks(shard, lease);
      }
      await finishShard(this.#transact, this.#deps.queue, job, this.#clock(), name);
    } catch (error) {
      // The database may be what has failed: then this is taken for a death, of which a shard may have a few.
      await giveBackShard(this.#transact, job).catch(() => undefined);
      throw error;
    }
  }

  async #runTasks(shard: ClaimedShard, lease: AbortSignal): Promise<void> {
    const watch = this.#watch(shard);
    const limit = pLimit(shard.width);
    try {
      const byTask = await this.#releaseConnections(shard, lease);
      const workFor = await this.#prepareWork(shard);
      const runs = await Promise.allSettled(
        shard.tasks.map((task) =>
          limit(async () => {
            if (lease.aborted || watch.isStopped || watch.cancellation.signal.aborted) return;
            const released = byTask.get(task.id);
            const prepare = () => workFor(task);
            if (released?.outcome === 'released') return this.#runTask(shard, task, released, watch, lease, prepare);
            const reason = released?.reason ?? 'The target is not there any more.';
            await watch.recorder.end({ taskId: task.id, fence: shard.fence }, { status: 'UNREACHABLE', reason });
          }),
        ),
      );
      // The shard is tried again as a whole, once the commands that go well have ended.
      const failed = runs.find((run) => run.status === 'rejected');
      if (failed) throw failed.reason;
      // Tasks that were not begun go back to the queue with the shard.
      if (!watch.cancellation.signal.aborted) lease.throwIfAborted();
    } finally {
      this.#unwatch(shard.stepId, watch);
    }
  }

  /** @returns what to run for each task: made when its turn has come, from what was so when the shard was claimed */
  async #prepareWork(shard: ClaimedShard): Promise<(task: ClaimedTask) => Promise<Work>> {
    const { prisma, expressions } = this.#deps;
    const { command, node } = shard;
    if (!node) return async () => ({ script: command ?? '' });
    const scopes = hasTemplates(node) ? await readTaskScopes(prisma, shard) : () => ({});
    return ({ targetId }) => workOf(node, expressions, scopes(targetId));
  }

  async #releaseConnections({ executionId, requestId, tasks }: ClaimedShard, signal: AbortSignal) {
    const { connections } = await this.#deps.fleet.releaseConnections(
      { executionId, tasks: tasks.map(({ id, attempt, targetId }) => ({ taskId: id, attempt, targetId })) },
      { viewer: { kind: 'anonymous' }, requestId, signal },
    );
    return new Map(connections.map((connection) => [connection.taskId, connection]));
  }

  #runTask(
    shard: ClaimedShard,
    task: ClaimedTask,
    connection: ReleasedConnection,
    watch: StepWatch,
    lease: AbortSignal,
    prepare: () => Promise<Work>,
  ): Promise<void> {
    const { fleet, allowedNetworks } = this.#deps;
    const { recorder, cancellation } = watch;
    return runTask({
      shard,
      task,
      connection,
      recorder,
      fleet,
      allowedNetworks,
      connections: this.#connections,
      prepare,
      onRefused: () => void (watch.isStopped = true),
      signal: AbortSignal.any([lease, cancellation.signal]),
      interruption: () => (cancellation.signal.aborted ? 'cancelled' : 'executorStopped'),
    });
  }

  #watch({ executionId, stepId }: ClaimedShard): StepWatch {
    const { prisma, wakeUps, log } = this.#deps;
    let watch = this.#watches.get(stepId);
    if (!watch) {
      const cancellation = new CancellationWatch(prisma, wakeUps, executionId, stepId);
      const recorder = new Recorder(
        (news) => writeNews(this.#transact, executionId, news, this.#clock()),
        () => cancellation.cancel(),
        log.child({ executionId }),
      );
      watch = { recorder, cancellation, users: 0, isStopped: false };
      this.#watches.set(stepId, watch);
    }
    watch.users += 1;
    return watch;
  }

  #unwatch(stepId: string, watch: StepWatch): void {
    watch.users -= 1;
    if (watch.users > 0) return;
    watch.cancellation.close();
    this.#watches.delete(stepId);
  }
}

function hasTemplates(node: object): boolean {
  return JSON.stringify(node).includes('${{');
}
