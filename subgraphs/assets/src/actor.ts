import type { Context } from './context.ts';

/** The user in whose name something happens; null when nobody signed in did. */
export function actorOf({ viewer }: Pick<Context, 'viewer'>): string | null {
  return viewer.kind === 'user' ? viewer.userId : null;
}
