/**
 * The executor: leases shards of executions and runs their tasks over SSH. Everything that must survive is in
 * PostgreSQL; what is here (connections, buffers, abort signals) may be lost at any moment. See SPEC.md.
 */
import { createTransact, startPump } from '@opsconductor/events';
import type { JobQueue, Transact, WakeUps } from '@opsconductor/events';
import type { Fleet, ReleasedConnection } from '@opsconductor/fleet';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../executions/eventLog.ts';
import { createConnectionPool } from '../ssh/connectionPool.ts';
import type { ConnectionPool } from '../ssh/connectionPool.ts';
import type { Networks } from '../ssh/networks.ts';
import { CancellationWatch } from './cancellation.ts';
import { writeNews } from './journal.ts';
import { Recorder } from './recorder.ts';
import { runTask } from './runTask.ts';
import { claimShard, finishShard } from './shards.ts';
import type { ClaimedShard, ClaimedTask, ShardJob } from './shards.ts';

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
  readonly clock?: () => Date;
}

export interface Executor {
  /** Takes no more work, lets commands finish for `graceMs`, then terminates them and records that. */
  stop(graceMs: number): Promise<void>;
}

export function startExecutor(deps: ExecutorDeps): Executor {
  return new RunningExecutor(deps);
}

/** What the shards of one execution share in this process. */
interface ExecutionWatch {
  readonly recorder: Recorder;
  readonly cancellation: CancellationWatch;
  users: number;
}

class RunningExecutor implements Executor {
  readonly #deps: ExecutorDeps;
  readonly #clock: () => Date;
  readonly #transact: Transact<Db>;
  readonly #connections: ConnectionPool;
  readonly #watches = new Map<string, ExecutionWatch>();
  readonly stop: Executor['stop'];

  constructor(deps: ExecutorDeps) {
    const { prisma, queue, wakeUps, log, shards = 64, connecting = 32, clock = () => new Date() } = deps;
    this.#deps = deps;
    this.#clock = clock;
    this.#transact = createTransact<Db>(prisma, queue, wakeUps, clock);
    this.#connections = createConnectionPool({ handshakes: connecting });
    const pump = startPump<ShardJob['data']>({
      queue,
      wakeUps,
      name: 'automation.shard',
      slots: shards,
      batch: 1,
      run: async (jobs, signal) => {
        for (const job of jobs) await this.#runShard(job, signal);
      },
      log,
    });
    this.stop = (graceMs) => pump.stop(graceMs).finally(() => this.#connections.close());
  }

  async #runShard(job: ShardJob, lease: AbortSignal): Promise<void> {
    const shard = await claimShard(this.#transact, job, this.#clock());
    if (shard) {
      this.#deps.log.info(
        { executionId: shard.executionId, tasks: shard.tasks.length, fence: shard.fence },
        'shard.claimed',
      );
      await this.#runTasks(shard, lease);
    }
    await finishShard(this.#transact, this.#deps.queue, job, this.#clock());
  }

  async #runTasks(shard: ClaimedShard, lease: AbortSignal): Promise<void> {
    const { executionId, requestId } = shard;
    const { connections } = await this.#deps.fleet.releaseConnections(
      { executionId, tasks: shard.tasks.map(({ id, attempt, targetId }) => ({ taskId: id, attempt, targetId })) },
      { viewer: { kind: 'anonymous' }, requestId, signal: lease },
    );
    const byTask = new Map(connections.map((connection) => [connection.taskId, connection]));
    const watch = this.#watch(executionId);
    try {
      const runs = await Promise.allSettled(
        shard.tasks.map(async (task) => {
          const released = byTask.get(task.id);
          if (released?.outcome === 'released') return this.#runTask(shard, task, released, watch, lease);
          const reason = released?.reason ?? 'The target is not there any more.';
          await watch.recorder.end({ taskId: task.id, fence: shard.fence }, { status: 'UNREACHABLE', reason });
        }),
      );
      // The shard is tried again as a whole, once the commands that go well have ended.
      const failed = runs.find((run) => run.status === 'rejected');
      if (failed) throw failed.reason;
      // Tasks that were not begun go back to the queue with the shard.
      if (!watch.cancellation.signal.aborted) lease.throwIfAborted();
    } finally {
      this.#unwatch(executionId, watch);
    }
  }

  #runTask(
    shard: ClaimedShard,
    task: ClaimedTask,
    connection: ReleasedConnection,
    { recorder, cancellation }: ExecutionWatch,
    lease: AbortSignal,
  ): Promise<void> {
    const { fleet, allowedNetworks } = this.#deps;
    return runTask({
      shard,
      task,
      connection,
      recorder,
      fleet,
      allowedNetworks,
      connections: this.#connections,
      signal: AbortSignal.any([lease, cancellation.signal]),
      interruption: () => (cancellation.signal.aborted ? 'cancelled' : 'executorStopped'),
    });
  }

  #watch(executionId: string): ExecutionWatch {
    const { prisma, wakeUps, log } = this.#deps;
    let watch = this.#watches.get(executionId);
    if (!watch) {
      const cancellation = new CancellationWatch(prisma, wakeUps, executionId);
      const recorder = new Recorder(
        (news) => writeNews(this.#transact, executionId, news, this.#clock()),
        () => cancellation.cancel(),
        log.child({ executionId }),
      );
      watch = { recorder, cancellation, users: 0 };
      this.#watches.set(executionId, watch);
    }
    watch.users += 1;
    return watch;
  }

  #unwatch(executionId: string, watch: ExecutionWatch): void {
    watch.users -= 1;
    if (watch.users > 0) return;
    watch.cancellation.close();
    this.#watches.delete(executionId);
  }
}
