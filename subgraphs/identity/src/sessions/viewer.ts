import { permissionsOf, requireUser } from '@opsconductor/authz';
import type { Context } from '../context.ts';
import type { Account } from '../users/account.ts';
import { getLiveAccount } from './liveSession.ts';

export interface ViewerData {
  readonly user: Account;
  readonly email: string;
  readonly permissions: string[];
  readonly expiresAt: Date;
}

/**
 * The one who asks, with those permissions of their token that they still hold: routers give up a token that says more.
 * @throws {Unauthenticated} nobody is signed in, or the session has ended
 */
export async function getViewer({ viewer, prisma, clock }: Context): Promise<ViewerData> {
  const signedIn = requireUser(viewer);
  const user = await getLiveAccount(prisma, signedIn, clock());
  const held = permissionsOf(user.roles);
  const permissions = [...signedIn.permissions].filter((permission) => held.has(permission)).sort();
  return { user, email: user.email, permissions, expiresAt: signedIn.expiresAt };
}
