import { readFileSync, readdirSync } from 'node:fs';

/** Time that Linux counts in a tick of /proc: USER_HZ, which is 100 on every platform that Node runs on. */
const TICK_MS = 10;

interface Entry {
  readonly parentId: number;
  readonly commandLine: string;
  /** Of the process and of all children that it has outlived. */
  readonly cpuMs: number;
}

/** CPU time of a process, of everything it has started, and of that apart which `isPart` names. */
export function cpuOfTree(processId: number, partOf: (commandLine: string) => string): Map<string, number> {
  const entries = readEntries();
  const total = new Map<string, number>();
  const add = (id: number, inherited: string): void => {
    const entry = entries.get(id);
    if (!entry) return;
    const part = partOf(entry.commandLine) || inherited;
    total.set(part, (total.get(part) ?? 0) + entry.cpuMs);
    for (const [childId, { parentId }] of entries) if (parentId === id) add(childId, part);
  };
  add(processId, '');
  return total;
}

/** @throws ENOENT where there is no /proc */
function readEntries(): Map<number, Entry> {
  const ids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return new Map(ids.flatMap((id) => readEntry(id) ?? []));
}

/** See proc_pid_stat(5): after the name in brackets come state, parent, ...; times are fields 14 to 17. */
function readEntry(id: number): [[number, Entry]] | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'latin1');
    const commandLine = readFileSync(`/proc/${id}/cmdline`, 'latin1').replaceAll('\0', ' ');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
    return [[id, { parentId: fields[1] ?? 0, commandLine, cpuMs: ticks * TICK_MS }]];
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
