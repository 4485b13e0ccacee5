/** Wakes whoever watches which targets there are and what they are like. */
export const TARGETS_TOPIC = 'targets';

/** Wakes whoever watches one target. */
export function targetTopic(id: string): string {
  return `target.${id}`;
}
