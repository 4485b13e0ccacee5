import type { NewDomainEvent } from '@opsconductor/events';
import type { HostKey } from '../../generated/prisma/client.ts';

/** What is said about a host key: which one, never more than its fingerprint. */
export function hostKeyEvent(
  type: 'assets.hostKey.pinned' | 'assets.hostKey.revoked',
  { id, targetId, algorithm, fingerprint, origin }: HostKey,
  by: Pick<NewDomainEvent, 'actorId' | 'requestId'>,
): NewDomainEvent {
  return { type, subject: { type: 'hostKey', id }, data: { targetId, algorithm, fingerprint, origin }, ...by };
}
