import { setTimeout as pause } from 'node:timers/promises';
import { FleetUnavailable } from '@opsconductor/fleet';
import type { Fleet, FleetCall, ReleasedConnection } from '@opsconductor/fleet';
import { Secret } from '@opsconductor/vault';
import type { ConnectionPool } from '../ssh/connectionPool.ts';
import type { SshConnection, SshEndpoint } from '../ssh/connection.ts';
import { SshFault } from '../ssh/fault.ts';
import type { VerifyHostKey } from '../ssh/hostKeys.ts';
import type { Networks } from '../ssh/networks.ts';
import { outcomeOfCommand, outcomeOfFault } from './outcome.ts';
import type { Interruption } from './outcome.ts';
import type { Recorder } from './recorder.ts';
import type { ClaimedShard, ClaimedTask } from './shards.ts';

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
  readonly signal: AbortSignal;
  /** Why `signal` was aborted. */
  readonly interruption: () => Interruption;
}

/**
 * Runs one task to its recorded end. Until the command is begun nothing has happened on the target, and the task stays
 * PENDING for another attempt when this one is interrupted.
 * @throws when its end could not be recorded
 */
export async function runTask(run: TaskRun): Promise<void> {
  const lease = { taskId: run.task.id, fence: run.shard.fence };
  let connection: SshConnection;
  try {
    connection = await openConnection(run);
  } catch (error) {
    if (run.signal.aborted) return;
    if (!(error instanceof SshFault)) throw error;
    await run.recorder.end(lease, outcomeOfFault(error));
    return;
  }
  try {
    if (run.signal.aborted || !(await run.recorder.begin(lease))) return;
    const outcome = await runCommand(run, connection);
    await run.recorder.end(lease, outcome);
  } finally {
    await connection.close();
  }
}

async function runCommand(
  { shard, task, connection: released, recorder, signal, interruption }: TaskRun,
  ssh: SshConnection,
) {
  const lease = { taskId: task.id, fence: shard.fence };
  const command = ssh.run(shard.command, {
    signal,
    wallTimeSeconds: shard.timeoutSeconds,
    graceSeconds: GRACE_SECONDS,
    marker: `${task.id}.${task.attempt}`,
    masks: secretsOf(released),
  });
  let index = 0;
  for await (const { stream, text } of command) {
    await recorder.output(lease, index, stream, text);
    index += 1;
  }
  return outcomeOfCommand(await command.result, signal.aborted ? interruption() : undefined);
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
