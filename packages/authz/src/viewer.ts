import type { Permission } from './permissions.ts';

/** Who asks. Made once at the edge by the router and passed on unchanged; nothing else decides who someone is. */
export type Viewer = AnonymousViewer | UserViewer;

/** Where somebody calls from, as the router saw it. */
export interface Client {
  readonly clientAddress?: string;
  /** What their program says it is (User-Agent). */
  readonly clientAgent?: string;
}

export interface AnonymousViewer extends Client {
  readonly kind: 'anonymous';
}

export interface UserViewer extends Client {
  readonly kind: 'user';
  readonly userId: string;
  /** What the right to act hangs on: a session, or an API key where `apiKeyId` is given, whose id it is then too. */
  readonly sessionId: string;
  /** Set when a program asks with a key of the user. */
  readonly apiKeyId?: string;
  readonly permissions: ReadonlySet<Permission>;
  /** When the access token or the key lapses: nothing is answered in this viewer's name after it. */
  readonly expiresAt: Date;
}

export const anonymous: AnonymousViewer = { kind: 'anonymous' };

/** The request names nobody, or somebody whose token does not hold. */
export class Unauthenticated extends Error {
  constructor(message = 'Sign in first: this needs an access token.') {
    super(message);
    this.name = 'Unauthenticated';
  }
}

/** The viewer is known and lacks a permission. */
export class Forbidden extends Error {
  readonly permission: Permission;

  constructor(permission: Permission) {
    super(`This needs the permission ${permission}.`);
    this.name = 'Forbidden';
    this.permission = permission;
  }
}

export function may(viewer: Viewer, permission: Permission): viewer is UserViewer {
  return viewer.kind === 'user' && viewer.permissions.has(permission);
}

/**
 * The first line of every domain function.
 * @throws {Unauthenticated} nobody is signed in
 * @throws {Forbidden} the viewer lacks the permission
 */
export function requirePermission(viewer: Viewer, permission: Permission): UserViewer {
  const user = requireUser(viewer);
  if (!user.permissions.has(permission)) throw new Forbidden(permission);
  return user;
}

/** @throws {Unauthenticated} nobody is signed in */
export function requireUser(viewer: Viewer): UserViewer {
  if (viewer.kind !== 'user') throw new Unauthenticated();
  return viewer;
}
