import { permissionsOf, requirePermission } from '@opsconductor/authz';
import type { Role, UserViewer } from '@opsconductor/authz';
import { Prisma } from '../../generated/prisma/client.ts';
import type { CreateUserInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { checkNewPassword } from '../passwords/passwordPolicy.ts';
import { requireLiveSession } from '../sessions/liveSession.ts';
import { checkPerson, withoutHash } from './account.ts';
import type { Account } from './account.ts';
import { EmailTaken, RoleNotGrantable } from './refusals.ts';

/** @throws {InvalidInput} {@link RoleNotGrantable} {@link EmailTaken} */
export async function createUser(context: Context, input: CreateUserInput): Promise<Account> {
  const viewer = requirePermission(context.viewer, 'user:write');
  const { transact, passwords, requestId, clock } = context;
  const person = checkPerson(input);
  const roles = [...new Set(input.roles)];
  checkGrantable(viewer, roles);
  checkNewPassword(input.password, [person.name, person.email]);
  const passwordHash = await passwords.hash(input.password);
  const creation = transact(async (unit) => {
    await requireLiveSession(unit.db, viewer, clock());
    const user = await unit.db.user.create({ data: { ...person, roles, passwordHash }, omit: withoutHash });
    unit.emit({
      type: 'identity.user.created',
      actorId: viewer.userId,
      requestId,
      subject: { type: 'user', id: user.id },
      data: { roles: roles.join(' ') },
    });
    return user;
  });
  return creation.catch((error: unknown) => {
    throw isUniqueViolation(error) ? new EmailTaken(person.email) : error;
  });
}

/** Nobody can grant what they do not hold. */
function checkGrantable({ permissions }: UserViewer, roles: readonly Role[]): void {
  for (const role of roles) {
    const isHeld = [...permissionsOf([role])].every((permission) => permissions.has(permission));
    if (!isHeld) throw new RoleNotGrantable(role);
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';
}
