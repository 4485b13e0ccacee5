import { Prisma } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';

/**
 * Says anew, on the row of each target, what is known of its host keys: what it presented and nobody has decided about
 * counts before what is trusted. One statement, however many targets.
 */
export async function refreshHostKeyState(db: Db, ...targetIds: readonly string[]): Promise<void> {
  const presented = (verdict: string) => Prisma.sql`exists
    (select 1 from presented_keys p where p.target_id = t.id and p.verdict = ${verdict}::host_key_mismatch)`;
  const isRevoked = Prisma.sql`exists (select 1 from host_keys k where k.target_id = t.id)`;
  const isPinned = Prisma.sql`exists
    (select 1 from host_keys k where k.target_id = t.id and k.revoked_at is null)`;
  await db.$executeRaw`
    update targets t set host_key_state = (case
      when ${presented('REVOKED')} then 'REVOKED'
      when ${presented('CHANGED')} then 'CHANGED'
      when ${isPinned} then 'PINNED'
      when ${isRevoked} then 'REVOKED'
      else 'UNVERIFIED' end)::host_key_state
    where t.id = any(${[...targetIds]}::uuid[])`;
}
