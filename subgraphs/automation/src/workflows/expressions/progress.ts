/** Two numbers in memory that both threads see: which request of the message is being evaluated, and since when. */
const IDLE = -1;

export function createProgress(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(8)).fill(IDLE);
}

export function writeProgress(progress: Int32Array, index: number | undefined, sinceMs: number): void {
  // First the time: who reads a new index with an old time would end what has just begun.
  Atomics.store(progress, 1, sinceMs);
  Atomics.store(progress, 0, index ?? IDLE);
}

/** @returns undefined when nothing is being evaluated */
export function readProgress(progress: Int32Array): { index: number; sinceMs: number } | undefined {
  const index = Atomics.load(progress, 0);
  return index === IDLE ? undefined : { index, sinceMs: Atomics.load(progress, 1) };
}

/** Milliseconds of a clock that all threads of the machine share and nobody sets; starts over after 12 days. */
export function clockMs(): number {
  return Number((process.hrtime.bigint() / 1_000_000n) & 0x3fff_ffffn);
}
