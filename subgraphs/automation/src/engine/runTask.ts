import { setTimeout as pause } from 'node:timers/promises';
import { FleetUnavailable } from '@opsconductor/fleet';
import type { Fleet, FleetCall, ReleasedConnection } from '@opsconductor/fleet';
import { Secret } from '@opsconductor/vault';
import type { ConnectionPool } from '../ssh/connectionPool.ts';
import type { SshConnection, SshEndpoint } from '../ssh/connection.ts';
import type { RunningCommand } from '../ssh/command.ts';
import { SshFault } from '../ssh/fault.ts';
import type { VerifyHostKey } from '../ssh/hostKeys.ts';
import type { Networks } from '../ssh/networks.ts';
import type { OutputDeclaration } from '../workflows/definition.ts';
import { OUTPUT_LENGTH, readOutputs } from '../workflows/outputs/readOutputs.ts';
import { WorkRefused } from '../ssh/work.ts';
import type { Work } from '../ssh/work.ts';
import { outcomeOfCommand, outcomeOfFault } from './outcome.ts';
import type { Interruption, TaskOutcome } from './outcome.ts';
import type { Recorder } from './recorder.ts';
import type { ClaimedShard, ClaimedTask } from './shards.ts';
import { reasonOf } from './steps.ts';

const GRACE_SECONDS = 2;
/** Between two tries while nobody can judge the host key. */
const JUDGE_PAUSE_MS = 2_000;

export interface TaskRun {
  readonly shard: ClaimedShard;
  readonly task: ClaimedTask;
  readonly connection: ReleasedConnection;
  readonly recorder: Recorder;
  readonly fleet: Fleet;
  readonly allowedNetworks: Networks;
  readonly connections: ConnectionPool;
  /** What to run; nothing was done on the target when it rejects. */
  readonly prepare: () => Promise<Work>;
  /** Waits for the places that the task needs. @returns a function that gives them back */
  readonly hold: () => Promise<() => Promise<void>>;
  readonly signal: AbortSignal;
  /** Why `signal` was aborted. */
  readonly interruption: () => Interruption;
}

/**
 * Runs one task to its recorded end. Until the command is begun nothing has happened on the target, and the task stays
 * PENDING for another attempt when this one is interrupted.
 * @returns false when it must not be begun, nor any other one of the step: that was stopped, or the lease is lost
 * @throws when its end could not be recorded
 */
export async function runTask(run: TaskRun): Promise<boolean> {
  const lease = { taskId: run.task.id, fence: run.shard.fence };
  let connection: SshConnection;
  let work: Work;
  let release: () => Promise<void> = async () => undefined;
  try {
    work = await run.prepare();
    release = await run.hold();
    connection = await openConnection(run);
  } catch (error) {
    if (!run.signal.aborted) await run.recorder.end(lease, outcomeOfUnbegun(error)).finally(release);
    else await release();
    return true;
  }
  try {
    if (run.signal.aborted) return true;
    if (!(await run.recorder.begin(lease))) return false;
    const outcome = await runWork(run, connection, work);
    await run.recorder.end(lease, outcome);
    return true;
  } finally {
    await connection.close();
    await release();
  }
}

/** @throws what is no fault of the node or the target */
function outcomeOfUnbegun(error: unknown): TaskOutcome {
  return error instanceof SshFault ? outcomeOfFault(error) : { status: 'FAILED', reason: reasonOf(error) };
}

async function runWork(
  { shard, task, connection: released, recorder, signal, interruption }: TaskRun,
  ssh: SshConnection,
  work: Work,
): Promise<TaskOutcome> {
  const lease = { taskId: task.id, fence: shard.fence };
  let running: RunningCommand;
  try {
    running = ssh.run(withPassword(work, released), {
      signal,
      wallTimeSeconds: shard.timeoutSeconds,
      graceSeconds: GRACE_SECONDS,
      marker: `${task.id}.${task.attempt}`,
      masks: secretsOf(released),
    });
  } catch (error) {
    if (error instanceof WorkRefused) return { status: 'FAILED', reason: error.message };
    throw error;
  }
  const declared = shard.node?.outputs ?? [];
  let stdout = '';
  let index = 0;
  for await (const { stream, text } of running) {
    // One more than is read from: then it is seen that there was more.
    if (declared.length > 0 && stream === 'STDOUT' && stdout.length <= OUTPUT_LENGTH) stdout += text;
    await recorder.output(lease, index, stream, text);
    index += 1;
  }
  const outcome = outcomeOfCommand(await running.result, signal.aborted ? interruption() : undefined);
  return declared.length > 0 ? withOutputs(outcome, declared, stdout) : outcome;
}

/** sudo asks for the password of the account that has signed in. */
function withPassword(work: Work, { authentication }: ReleasedConnection): Work {
  if (work.runAs?.method !== 'sudo' || authentication.kind !== 'password') return work;
  return { ...work, runAs: { ...work.runAs, password: Secret.from(authentication.password) } };
}

/** What a node promises to later ones is there when it succeeds; when it fails, as far as there is something. */
function withOutputs(outcome: TaskOutcome, declared: readonly OutputDeclaration[], stdout: string): TaskOutcome {
  const { values, faults } = readOutputs(declared, { stdout, exitCode: outcome.exitCode ?? null });
  const [fault] = faults;
  if (outcome.status !== 'SUCCEEDED' || !fault) return { ...outcome, outputs: values };
  return { ...outcome, status: 'FAILED', outputs: values, reason: `The output ${fault.output}: ${fault.message}` };
}

/** Tries again for as long as the assets domain is away when the host key is to be judged: no credential was sent. */
async function openConnection(run: TaskRun): Promise<SshConnection> {
  for (;;) {
    try {
      return await tryConnection(run);
    } catch (error) {
      if (!(error instanceof FleetUnavailable)) throw error;
    }
    await pause(JUDGE_PAUSE_MS, undefined, { signal: run.signal });
  }
}

async function tryConnection({
  shard,
  task,
  connection,
  fleet,
  allowedNetworks,
  connections,
  signal,
}: TaskRun): Promise<SshConnection> {
  signal.throwIfAborted();
  const call: FleetCall = { viewer: { kind: 'anonymous' }, requestId: shard.requestId, signal };
  return connections.connect(endpointOf(connection), {
    verifyHostKey: judge(fleet, call, connection, { executionId: shard.executionId, targetId: task.targetId }),
    pinnedAlgorithms: connection.pinned.map(({ algorithm }) => algorithm),
    allowedNetworks,
    signal,
  });
}

/** A pinned key is known here; any other is for the assets domain to judge, and to pin or report. */
function judge(
  fleet: Fleet,
  call: FleetCall,
  { pinned }: ReleasedConnection,
  place: { executionId: string; targetId: string },
): VerifyHostKey {
  return async (presented) => {
    if (pinned.some(({ publicKey }) => publicKey === presented.publicKey)) return 'accepted';
    const { isAccepted } = await fleet.judgeHostKey({ ...place, ...presented }, call);
    return isAccepted ? 'accepted' : 'mismatch';
  };
}

function endpointOf({ address, port, username, authentication }: ReleasedConnection): SshEndpoint {
  return {
    address,
    port,
    username,
    authentication:
      authentication.kind === 'password'
        ? { kind: 'password', password: Secret.from(authentication.password) }
        : {
            kind: 'privateKey',
            privateKey: Secret.from(authentication.privateKey),
            ...(authentication.passphrase !== undefined && { passphrase: Secret.from(authentication.passphrase) }),
          },
  };
}

function secretsOf({ authentication }: ReleasedConnection): Secret[] {
  if (authentication.kind === 'password') return [Secret.from(authentication.password)];
  const { privateKey, passphrase } = authentication;
  return [privateKey, passphrase].flatMap((text) => (text === undefined ? [] : [Secret.from(text)]));
}
