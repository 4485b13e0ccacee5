import { Unavailable } from '@opsconductor/subgraph';

/** More work has come than may wait. */
export class GateFull extends Unavailable {
  /** When there should be room again. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(`Too much is being done at once. Try again in ${retryAfterSeconds} s.`);
    this.name = 'GateFull';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface GateOptions {
  readonly atOnce: number;
  /** How many may wait besides. */
  readonly waiting: number;
  /** How long a full queue takes, roughly. */
  readonly drainSeconds: number;
}

/** Runs a work when its turn comes, or rejects with {@link GateFull} at once. */
export type Gate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Lets a bounded number of works run at once and a bounded number wait, first come, first served. */
export function createGate({ atOnce, waiting, drainSeconds }: GateOptions): Gate {
  const queue: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free -= 1;
    else if (queue.length >= waiting) throw new GateFull(drainSeconds);
    else await new Promise<void>((enter) => queue.push(enter));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** A gate for each key, as long as anything runs or waits there. */
export type KeyedGate = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

export function createKeyedGate(options: GateOptions): KeyedGate {
  const gates = new Map<string, { readonly gate: Gate; users: number }>();
  return async (key, work) => {
    const entry = gates.get(key) ?? { gate: createGate(options), users: 0 };
    gates.set(key, entry);
    entry.users += 1;
    try {
      return await entry.gate(work);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) gates.delete(key);
    }
  };
}
