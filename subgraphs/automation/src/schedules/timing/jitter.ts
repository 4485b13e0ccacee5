import { createHash } from 'node:crypto';

/**
 * When a tick fires: up to `jitterSeconds` later. The same for the same schedule and tick, in every process and after every
 * restart, and spread evenly over schedules and ticks.
 */
export function addJitter(scheduleId: string, tick: Date, jitterSeconds: number): Date {
  if (jitterSeconds === 0) return tick;
  const digest = createHash('sha256').update(`${scheduleId} ${tick.getTime()}`).digest();
  const share = digest.readUInt32BE(0) / 2 ** 32;
  return new Date(tick.getTime() + Math.floor(share * jitterSeconds * 1000));
}
