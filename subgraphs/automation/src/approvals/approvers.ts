import { permissionsOf, roles } from '@opsconductor/authz';
import type { Role, UserViewer } from '@opsconductor/authz';
import type { Approval, ApprovalDecision } from '../../generated/prisma/client.ts';

/** Roles of which a viewer holds everything. */
export function rolesHeldBy({ permissions }: UserViewer): Role[] {
  return (Object.keys(roles) as Role[]).filter((role) =>
    [...permissionsOf([role])].every((permission) => permissions.has(permission)),
  );
}

/** @returns why the viewer is not one of those who decide; undefined when they are */
export function objectionTo(
  viewer: UserViewer,
  { requestedById, mayRequesterApprove, approverRoles }: Approval,
  decisions: readonly Pick<ApprovalDecision, 'userId'>[],
): string | undefined {
  if (!viewer.permissions.has('approval:decide')) return 'This needs the permission approval:decide.';
  if (viewer.userId === requestedById && !mayRequesterApprove)
    return 'Somebody else has to decide: you have started the execution.';
  if (decisions.some(({ userId }) => userId === viewer.userId)) return 'You have decided already.';
  const held: readonly string[] = rolesHeldBy(viewer);
  if (approverRoles.length > 0 && !approverRoles.some((role) => held.includes(role)))
    return `Somebody with the role ${approverRoles.join(' or ')} has to decide.`;
  return undefined;
}

export function isOver({ status, expiresAt }: Pick<Approval, 'status' | 'expiresAt'>, now: Date): boolean {
  return status !== 'PENDING' || (expiresAt !== null && expiresAt <= now);
}
