/** Wakes whoever watches which targets there are and what they are like. */
export const TARGETS_TOPIC = 'targets';
