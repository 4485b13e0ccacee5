import type { Timing } from './timing.ts';

/** A timing as JSON: instants as RFC 3339. */
export function storeTiming(timing: Timing): object {
  return JSON.parse(JSON.stringify(timing)) as object;
}

/** @param stored what {@link storeTiming} gave */
export function readTiming(stored: unknown): Timing {
  const timing = stored as Timing;
  switch (timing.kind) {
    case 'CRON':
      return timing;
    case 'ONCE':
      return { ...timing, at: new Date(timing.at) };
    case 'INTERVAL':
    case 'RULE':
      return { ...timing, anchor: new Date(timing.anchor) };
  }
}
