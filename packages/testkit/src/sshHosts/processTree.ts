import { execFileSync } from 'node:child_process';

export interface ProcessEntry {
  readonly id: number;
  readonly name: string;
}

/** The children of a process, their children, and so on, as they are now. */
export function descendantsOf(processId: number): readonly ProcessEntry[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'comm='], { encoding: 'utf8' }).split(
    '\n',
  );
  const table = lines.flatMap((line) => {
    const [, id, parent, name] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return id && parent && name ? [{ id: Number(id), parent: Number(parent), name }] : [];
  });
  const below = (parentId: number): ProcessEntry[] =>
    table.filter(({ parent }) => parent === parentId).flatMap(({ id, name }) => [{ id, name }, ...below(id)]);
  return below(processId);
}
