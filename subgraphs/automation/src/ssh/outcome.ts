/** How a command ended, as far as is known. */
export type CommandEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** Ended by a signal, named without `SIG`: `KILL`. */
  | { readonly kind: 'signalled'; readonly signal: string }
  /** The wall time ran out. `stopped` is true when nothing of the command is left on the target. */
  | { readonly kind: 'timedOut'; readonly stopped: boolean }
  | { readonly kind: 'cancelled'; readonly stopped: boolean }
  /** The target did not run it, for certain: it has no session to give, or its account runs something else. */
  | { readonly kind: 'notStarted'; readonly reason: string }
  /** It may have run, wholly or in part: UNKNOWN. */
  | { readonly kind: 'lost'; readonly reason: 'CONNECTION_LOST' | 'NO_EXIT_STATUS' };

export type CommandResult = CommandEnd & {
  /** True when output beyond the limit was dropped. */
  readonly truncated: boolean;
};

export type StopCause = 'timedOut' | 'cancelled';

/** What has been seen of a command by the time nothing more is expected from it. */
export interface CommandFacts {
  /** The command's shell has said that it begins. */
  readonly started: boolean;
  /** Whoever guards the account that was to run it has asked for a password in vain. */
  readonly passwordRefused?: boolean;
  readonly exit?: RemoteExit | undefined;
  /** Set when the command was stopped before its exit was seen. */
  readonly stop?: { readonly cause: StopCause; readonly confirmed: boolean } | undefined;
  readonly connectionLost: boolean;
}

export type RemoteExit = { readonly code: number } | { readonly signal: string };

/** The one place where facts become an end. A missing exit status is never a success. */
export function endOf({ started, passwordRefused, exit, stop, connectionLost }: CommandFacts): CommandEnd {
  if (stop) return { kind: stop.cause, stopped: stop.confirmed };
  if (!started && passwordRefused)
    return { kind: 'notStarted', reason: 'The password of the account that was to run it was not accepted.' };
  if (!exit) return { kind: 'lost', reason: connectionLost ? 'CONNECTION_LOST' : 'NO_EXIT_STATUS' };
  if (!started) return { kind: 'notStarted', reason: `The account does not run commands: ${describe(exit)}.` };
  return 'code' in exit ? { kind: 'exited', exitCode: exit.code } : { kind: 'signalled', signal: exit.signal };
}

function describe(exit: RemoteExit): string {
  return 'code' in exit ? `it ended with status ${exit.code} at once` : `it was ended by SIG${exit.signal}`;
}
