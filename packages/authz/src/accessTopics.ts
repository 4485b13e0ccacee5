/**
 * Topics of wake-ups that say: what this session, or this principal, may do is not what it was. The identity side wakes
 * them in the transaction that ends a session, disables a user, or changes roles and bindings; routers that serve the
 * session ask again whether it still holds, and what it may do.
 */

/** @param sessionId as in the claim `sid` */
export function sessionTopic(sessionId: string): string {
  return `session.${sessionId}`;
}

/** @param userId as in the claim `sub` */
export function principalTopic(userId: string): string {
  return `principal.${userId}`;
}
