import type { CompleteSetupInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { sourceOf } from '../attempts/source.ts';
import { TooManyAttempts } from '../attempts/refusals.ts';
import { INSTALLATION_ID, getInstallation } from '../installation/installation.ts';
import { checkNewPassword } from '../passwords/passwordPolicy.ts';
import { startSession } from '../sessions/startSession.ts';
import type { StartedSession } from '../sessions/startSession.ts';
import { checkPerson, withoutHash } from '../users/account.ts';
import { SetupAlreadyCompleted, SetupSecretRejected } from './refusals.ts';
import { isSecret } from './setupSecret.ts';

/** Short: the secret cannot be guessed, and whoever tries must not keep its owner waiting. */
const MOST_DELAY_SECONDS = 4;

/** Open to anyone. */
export async function isSetupRequired({ prisma }: Context): Promise<boolean> {
  return (await getInstallation(prisma)).setupCompletedAt === null;
}

/**
 * Creates the first administrator and signs them in. Open to anyone who has the set-up secret; of several calls one
 * succeeds.
 * @throws {SetupAlreadyCompleted} {@link SetupSecretRejected} {@link InvalidInput}
 */
export async function completeSetup(context: Context, input: CompleteSetupInput): Promise<StartedSession> {
  const { passwords, tokens, transact, requestId, clock } = context;
  const setupSecretHash = await proveSecret(context, input.secret);
  const person = checkPerson(input);
  checkNewPassword(input.password, [person.name, person.email]);
  const passwordHash = await passwords.hash(input.password);
  const signer = await tokens.getSigner();
  return transact(async (unit) => {
    const { count } = await unit.db.installation.updateMany({
      where: { id: INSTALLATION_ID, setupCompletedAt: null, setupSecretHash },
      data: { setupCompletedAt: clock(), setupSecretHash: null },
    });
    if (count === 0) throw new SetupAlreadyCompleted();
    const user = await unit.db.user.create({ data: { ...person, roles: ['ADMIN'], passwordHash }, omit: withoutHash });
    const event = { actorId: user.id, requestId, subject: { type: 'user', id: user.id } };
    unit.emit({ type: 'identity.setup.completed', ...event });
    unit.emit({ type: 'identity.user.created', ...event, data: { roles: 'ADMIN' } });
    return startSession(unit, context, signer, user);
  });
}

/** @returns the hash of the secret that is valid */
async function proveSecret({ prisma, attempts, viewer }: Context, secret: string): Promise<string> {
  const { setupSecretHash } = await getInstallation(prisma);
  if (setupSecretHash === null) throw new SetupAlreadyCompleted();
  const proof = await attempts
    .attempt('setup', sourceOf(viewer), MOST_DELAY_SECONDS, async () =>
      isSecret(secret, setupSecretHash) ? { setupSecretHash } : undefined,
    )
    .catch((error: unknown) => {
      throw error instanceof TooManyAttempts ? new SetupSecretRejected(error.retryAfterSeconds) : error;
    });
  if (!proof) throw new SetupSecretRejected();
  return proof.setupSecretHash;
}
