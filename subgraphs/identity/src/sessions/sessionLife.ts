/** Wakes those who watch lists of sessions. */
export const SESSIONS_TOPIC = 'sessions';

/** How long somebody stays signed in. */
export interface SessionLife {
  /** Without a refresh. */
  readonly idleSeconds: number;
  /** In all. */
  readonly longestSeconds: number;
}

/** When a session ends that was seen at this instant. */
export function expiryOf({ idleSeconds, longestSeconds }: SessionLife, createdAt: Date, seenAt: Date): Date {
  return new Date(Math.min(seenAt.getTime() + idleSeconds * 1000, createdAt.getTime() + longestSeconds * 1000));
}
