import type { Becoming } from './becoming.ts';
import { markOf, scriptFileOf } from './commandScript.ts';
import type { RemoteScript } from './commandScript.ts';

/** How long the script waits between two looks. */
const TICK_SECONDS = 0.1;
/** Looks after KILL: what is still there then cannot be killed (another user's, or waiting for a dead disk). */
const KILL_ROUNDS = 20;

export interface StopRequest {
  readonly marker: string;
  /** The process that leads the command's group and session, where it is known. */
  readonly leader: number | undefined;
  /** Time between TERM and KILL. */
  readonly graceSeconds: number;
  /** The account that runs the command, where that is another one: only it sees and may signal all of the processes. */
  readonly becoming?: Becoming | undefined;
}

/** What the shell of another account says first: it takes the script now. */
export const READY = 'ready';

/** What a stop script prints last: `<prefix>gone` or `<prefix>alive`. */
export function answerPrefixOf(marker: string): string {
  return `opsc:${marker}:stop:`;
}

/**
 * A POSIX script that ends a command: TERM to all of its processes, a grace time, KILL, and a look whether they are gone.
 *
 * Its processes are those of its group and session, and those whose environment carries its marker: a child that has made
 * itself a session of its own is found by that. Where there is no /proc (macOS, BSD), `ps` shows the group only. Processes
 * that have ended and wait for their parent do not count. One that may not be signalled is one that is there.
 */
export function stopScript({ marker, leader, graceSeconds, becoming }: StopRequest): RemoteScript {
  const group = leader === undefined ? '' : `${leader}`;
  const input = `LC_ALL=C; export LC_ALL
leader=${group}
mark='${markOf(marker).join('=')}'
if printf 'x\\000y\\n' | grep -qF y; then
  carriers() { grep -lsF "$mark" /proc/[0-9]*/environ; }
else # the grep of BusyBox ends at a NUL
  carriers() {
    for file in /proc/[0-9]*/environ; do
      tr '\\000' '\\n' 2>/dev/null <"$file" | grep -qF "$mark" && echo "$file"
    done
  }
fi
members() {
  if [ -r /proc/self/stat ]; then
    {
      [ -z "$leader" ] || grep -lsE "^[0-9]+ .*\\) [^XZ] [0-9]+ ($leader [0-9]+|[0-9]+ $leader) " /proc/[0-9]*/stat
      carriers
    } | cut -d / -f 3
  elif [ -n "$leader" ]; then
    ps -A -o pid= -o pgid= -o stat= | while read -r id group state; do
      case $group:$state in "$leader":Z*) ;; "$leader":*) echo "$id" ;; esac
    done
  fi
  [ -z "$leader" ] || case $(kill -0 -- "-$leader" 2>&1) in *ermitted*) echo "-$leader" ;; esac
}
signal() {
  [ -z "$leader" ] || kill -s "$1" -- "-$leader"
  for id in $(members); do kill -s "$1" -- "$id"; done
} 2>/dev/null
tick=${TICK_SECONDS}
rounds=${Math.ceil(graceSeconds / TICK_SECONDS)}
signal TERM
while [ -n "$(members)" ] && [ "$rounds" -gt 0 ]; do
  sleep "$tick" 2>/dev/null || { tick=1; rounds=${Math.ceil(graceSeconds)}; sleep 1; }
  rounds=$((rounds - 1))
done
rounds=${KILL_ROUNDS}
while [ -n "$(members)" ] && [ "$rounds" -gt 0 ]; do
  signal KILL
  sleep "$tick"
  rounds=$((rounds - 1))
done
rm -f -- ${scriptFileOf(marker)}*
if [ -n "$(members)" ]; then echo '${answerPrefixOf(marker)}alive'; else echo '${answerPrefixOf(marker)}gone'; fi
exit
`;
  const mark = `OPSC_STOP=${marker}`;
  const line = becoming?.line(mark, `echo ${answerPrefixOf(marker)}${READY}; exec /bin/sh`);
  return { line: line ?? `exec env ${mark} /bin/sh`, input, becoming };
}
