import { requirePermission } from '@opsconductor/authz';
import type { HostKey, Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';

/** A host key and the target that it belongs to. */
export interface HostKeyOfTarget {
  readonly target: Target;
  readonly hostKey: HostKey;
}

export async function listHostKeys({ viewer, loaders }: Context, targetId: string): Promise<HostKey[]> {
  requirePermission(viewer, 'target:read');
  return loaders.hostKeys.load(targetId);
}
