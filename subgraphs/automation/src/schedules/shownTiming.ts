import type { Timing } from './timing/timing.ts';

/** A timing as the graph shows it. */
export function showTiming(timing: Timing) {
  switch (timing.kind) {
    case 'CRON':
      return { __typename: 'CronTiming', ...timing };
    case 'INTERVAL':
      return { __typename: 'IntervalTiming', ...timing, startsAt: timing.anchor };
    case 'ONCE':
      return { __typename: 'OneShotTiming', ...timing };
    case 'RULE':
      return { __typename: 'RuleTiming', ...timing, startsAt: timing.anchor };
  }
}
