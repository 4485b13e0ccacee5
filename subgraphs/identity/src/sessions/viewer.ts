import { requireUser } from '@opsconductor/authz';
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
 * The one who asks.
 * @throws {Unauthenticated} nobody is signed in, or the session has ended
 */
export async function getViewer({ viewer, prisma, clock }: Context): Promise<ViewerData> {
  const signedIn = requireUser(viewer);
  const user = await getLiveAccount(prisma, signedIn, clock());
  const { permissions, expiresAt } = signedIn;
  return { user, email: user.email, permissions: [...permissions].sort(), expiresAt };
}
