/**
 * What tasks with the same output have in common: a hash that grows with the output and does not depend on how it was cut
 * into chunks, so that it can be kept while a task runs. 64 bits of FNV-1a, in two halves with primes of their own. It
 * tells outputs apart, it proves nothing: a target that means to can make an output that looks like another one's.
 */
const SEEDS = [0x811c9dc5, 0x9747b28c] as const;
const PRIMES = [0x01000193, 0x5bd1e995] as const;

/** @param state what an earlier call gave; empty at the beginning */
export function extendFingerprint(state: string, bytes: Uint8Array): string {
  let first = state === '' ? SEEDS[0] : Number.parseInt(state.slice(0, 8), 16);
  let second = state === '' ? SEEDS[1] : Number.parseInt(state.slice(8), 16);
  for (const byte of bytes) {
    first = Math.imul(first ^ byte, PRIMES[0]);
    second = Math.imul(second ^ byte, PRIMES[1]) + 1;
  }
  return hex(first) + hex(second);
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}

/** Line ends in a text. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
