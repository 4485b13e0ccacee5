/** What a process offers to its parent: plain JSON in and out. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>;

export interface Usage {
  /** User and system time of all threads since the process began. */
  readonly cpuMs: number;
  readonly memoryMb: number;
}

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The child's side of `childProcess.ts`: answers the parent's calls, and `usage`; ends with the parent. */
export function offer(calls: Calls): void {
  const offered: Calls = { ...calls, usage };
  process.on('disconnect', () => process.exit());
  process.on('message', ({ id, name, argument }: Question) => {
    const answer = async () => offered[name]?.(argument as never);
    answer().then(
      (value) => process.send?.({ id, value } satisfies Answer),
      (error: unknown) => process.send?.({ id, error: String((error as Error).stack) } satisfies Answer),
    );
  });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, memoryMb: process.memoryUsage.rss() / 2 ** 20 };
}
