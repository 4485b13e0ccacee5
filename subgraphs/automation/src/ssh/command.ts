import type { Secret } from '@opsconductor/vault';
import type { Client } from 'ssh2';
import { CommandRun } from './commandRun.ts';
import { commandScript, secretsOf } from './commandScript.ts';
import type { CommandResult } from './outcome.ts';
import type { OutputChunk } from './output/coalescer.ts';
import type { Work } from './work.ts';

/** Output beyond it is dropped. */
export const OUTPUT_LIMIT_BYTES = 50 * 1_024 * 1_024;
/** Time between TERM and KILL when a command is stopped. */
export const GRACE_SECONDS = 10;

export interface CommandOptions {
  /** Stops the command on the target. */
  readonly signal?: AbortSignal;
  /** After it, the command is stopped. */
  readonly wallTimeSeconds: number;
  /** Unique on the target while the command runs: letters, digits, `.`, `-`, `_`. Its processes are found by it. */
  readonly marker: string;
  /** Never seen in the output, as the secrets of the work are not; see `output/secretForms.ts`. Those shorter than four characters are not masked. */
  readonly masks?: readonly Secret[];
  readonly outputLimitBytes?: number;
  readonly graceSeconds?: number;
}

/** Gives another connection to the same account for a command to which the first one gave no session, if there is one. */
export type OtherConnection = () => Promise<Client | undefined>;

/**
 * A command that runs. Iterate over its output to the end; the target is held back while nobody does (SSH flow control).
 * Leaving the loop early stops the command.
 */
export interface RunningCommand extends AsyncIterable<OutputChunk> {
  /** Resolves after the last of the output. Rejects only with what is our own fault. */
  readonly result: Promise<CommandResult>;
}

/**
 * Runs work with an empty standard input, as SPEC.md says.
 * @throws WorkRefused at once when it cannot be sent
 */
export function startCommand(
  client: Client,
  work: Work,
  options: CommandOptions,
  otherConnection?: OtherConnection,
): RunningCommand {
  const { marker, masks = [] } = options;
  const run = new CommandRun(client, {
    script: commandScript(work, marker),
    marker,
    masks: [...masks, ...secretsOf(work)],
    wallTimeSeconds: options.wallTimeSeconds,
    outputLimitBytes: options.outputLimitBytes ?? OUTPUT_LIMIT_BYTES,
    graceSeconds: options.graceSeconds ?? GRACE_SECONDS,
    signal: options.signal,
    otherConnection,
  });
  const output = run.output();
  return { result: run.result, [Symbol.asyncIterator]: () => output };
}
