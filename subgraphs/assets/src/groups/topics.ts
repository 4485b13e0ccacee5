/** Wakes whoever watches groups, and which targets are in them. */
export const GROUPS_TOPIC = 'targetGroups';
