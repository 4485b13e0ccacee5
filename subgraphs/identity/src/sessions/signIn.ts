import type { Unit } from '@opsconductor/events';
import type { User } from '../../generated/prisma/client.ts';
import type { SignInInput } from '../../generated/graphql.ts';
import type { Context, Db } from '../context.ts';
import { sourceOf } from '../attempts/source.ts';
import { GateFull } from '../gates/gate.ts';
import { isHashable } from '../passwords/passwordPolicy.ts';
import { parseAddress } from '../users/emailAddress.ts';
import { lockActiveUser } from './liveSession.ts';
import { SignInRejected } from './refusals.ts';
import { startSession } from './startSession.ts';
import type { StartedSession } from './startSession.ts';

const MOST_DELAY_SECONDS = 15 * 60;

/**
 * Open to anyone. An unknown address, a wrong password and a disabled account are one case to the caller: same answer,
 * same work, same delays.
 * @throws {SignInRejected}
 * @throws {TooManyAttempts}
 */
export async function signIn(context: Context, { email, password }: SignInInput): Promise<StartedSession> {
  const { attempts, hashAddress, tokens, transact } = context;
  const account = hashAddress(email);
  const user = await attempts.attempt(account, sourceOf(context.viewer), MOST_DELAY_SECONDS, async (unit) => {
    // What is no address is looked up too: there is no user with an empty one.
    const found = await unit.db.user.findUnique({ where: { email: parseAddress(email) ?? '' } });
    const isRight = isHashable(password) && (await context.passwords.verify(found?.passwordHash, password));
    if (found && isRight && found.status === 'ACTIVE') return found;
    announceRejection(unit, context.requestId, account, found, isRight);
    return undefined;
  });
  if (!user) throw new SignInRejected();
  await renewHash(context, user, password);
  const signer = await tokens.getSigner();
  return transact(async (unit) => {
    if (!(await lockActiveUser(unit.db, user.id))) throw new SignInRejected();
    return startSession(unit, context, signer, user);
  });
}

function announceRejection(
  unit: Unit<Db>,
  requestId: string,
  account: string,
  user: User | null,
  isRight: boolean,
): void {
  unit.emit({
    type: 'identity.signIn.rejected',
    actorId: null,
    requestId,
    subject: user ? { type: 'user', id: user.id } : { type: 'account', id: account },
    data: { reason: user ? (isRight ? 'userDisabled' : 'wrongPassword') : 'unknownAddress' },
  });
}

/** Only now is the password at hand that a hash with today's parameters can be made of. */
async function renewHash({ prisma, passwords }: Context, user: User, password: string): Promise<void> {
  if (!passwords.isOutdated(user.passwordHash)) return;
  try {
    const passwordHash = await passwords.hash(password);
    await prisma.user.updateMany({ where: { id: user.id, passwordHash: user.passwordHash }, data: { passwordHash } });
  } catch (error) {
    // The next sign-in does it then.
    if (!(error instanceof GateFull)) throw error;
  }
}
