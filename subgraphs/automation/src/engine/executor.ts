/**
 * The executor: leases shards of executions and runs their tasks over SSH. Everything that must survive is in
 * PostgreSQL; what is here (connections, buffers, abort signals) may be lost at any moment. See SPEC.md.
 */
import { hostname } from 'node:os';
import pLimit from 'p-limit';
import { createTransact, labelledQueue, startPump } from '@opsconductor/events';
import type { JobQueue, LeasedJob, Pump, QueueName, Transact, WakeUps } from '@opsconductor/events';
import type { Fleet, ReleasedConnection } from '@opsconductor/fleet';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { lockExecution } from '../executions/eventLog.ts';
import type { Db } from '../executions/eventLog.ts';
import { Registration } from '../executors/registration.ts';
import { StepCatalogue } from '../libraries/stepCatalogue.ts';
import { createConnectionPool } from '../ssh/connectionPool.ts';
import type { ConnectionPool } from '../ssh/connectionPool.ts';
import type { Networks } from '../ssh/networks.ts';
import { advance } from './advance.ts';
import { CancellationWatch } from './cancellation.ts';
import type { Expressions } from './expressions.ts';
import { writeNews } from './journal.ts';
import { Recorder } from './recorder.ts';
import { runTask } from './runTask.ts';
import { LeaseLost, claimShard, finishShard, giveBackShard } from './shards.ts';
import type { ClaimedShard, ClaimedTask, ShardJob } from './shards.ts';
import { readShardWork } from './shardWork.ts';
import type { ShardWork } from './shardWork.ts';

const ADVANCE_SLOTS = 4;
const SHARDS = 64;

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
  /** Work that asks for one of these labels is done here too. */
  readonly labels?: readonly string[];
  /** In the register. */
  readonly name?: string;
  readonly expressions: Expressions;
  readonly clock?: () => Date;
}

export interface Executor {
  /** Takes no more work, lets commands finish for `graceMs`, then terminates them and records that. */
  stop(graceMs: number): Promise<void>;
}

export async function startExecutor(deps: ExecutorDeps): Promise<Executor> {
  for (const label of deps.labels ?? []) await deps.queue.declare(labelledQueue('automation.shard', label));
  const executor = new RunningExecutor(deps);
  await executor.register();
  return executor;
}

/** What the shards of one step share in this process. */
interface StepWatch {
  readonly recorder: Recorder;
  readonly cancellation: CancellationWatch;
  users: number;
}

class RunningExecutor implements Executor {
  readonly #deps: ExecutorDeps;
  readonly #clock: () => Date;
  readonly #transact: Transact<Db>;
  readonly #connections: ConnectionPool;
  readonly #steps: StepCatalogue;
  readonly #watches = new Map<string, StepWatch>();
  /** Shards that are run now. */
  #held = 0;
  readonly #pumps: readonly Pump[];
  #registration: Registration | undefined;

  constructor(deps: ExecutorDeps) {
    const { prisma, queue, wakeUps, log, shards = SHARDS, connecting = 32, labels = [] } = deps;
    const { clock = () => new Date() } = deps;
    this.#deps = deps;
    this.#clock = clock;
    this.#transact = createTransact<Db>(prisma, queue, wakeUps, clock);
    this.#steps = new StepCatalogue(prisma);
    this.#connections = createConnectionPool({ handshakes: connecting });
    this.#pumps = [
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
  }

  async register(): Promise<void> {
    const { prisma, wakeUps, log, shards = SHARDS, labels = [], name = hostname() } = this.#deps;
    const running = () => this.#held;
    const options = { prisma, wakeUps, log, name, labels, capacity: shards, running, clock: this.#clock };
    this.#registration = await Registration.open(options);
  }

  async stop(graceMs: number): Promise<void> {
    this.#registration?.drain();
    await Promise.all(this.#pumps.map((pump) => pump.stop(graceMs)));
    await Promise.all([this.#connections.close(), this.#registration?.close()]);
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
    this.#held += 1;
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
    } finally {
      this.#held -= 1;
    }
  }

  async #runTasks(shard: ClaimedShard, lease: AbortSignal): Promise<void> {
    const watch = this.#watch(shard);
    const limit = pLimit(shard.width);
    // Of a task that may not begin no neighbour may either: the step was stopped or paused, or the lease is lost.
    let isRefused = false;
    try {
      const byTask = await this.#releaseConnections(shard, lease);
      const work = await readShardWork({ ...this.#deps, steps: this.#steps }, shard);
      const runs = await Promise.allSettled(
        shard.tasks.map((task) =>
          limit(async () => {
            if (lease.aborted || isRefused || watch.cancellation.signal.aborted) return;
            const released = byTask.get(task.id);
            if (released?.outcome === 'released') {
              if (!(await this.#runTask(shard, task, released, watch, lease, work))) isRefused = true;
              return;
            }
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
    work: ShardWork,
  ): Promise<boolean> {
    const { fleet, allowedNetworks } = this.#deps;
    const { recorder, cancellation } = watch;
    const signal = AbortSignal.any([lease, cancellation.signal]);
    return runTask({
      shard,
      task,
      connection,
      recorder,
      fleet,
      allowedNetworks,
      connections: this.#connections,
      prepare: () => work.prepare(task),
      hold: () => work.hold(task, signal),
      signal,
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
      watch = { recorder, cancellation, users: 0 };
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
