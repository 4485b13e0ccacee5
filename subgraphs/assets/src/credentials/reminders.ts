import type { Transact } from '@opsconductor/events';
import type { Db } from '../context.ts';
import { CREDENTIALS_TOPIC } from './topics.ts';

const DAYS_AHEAD = 14;
const AT_ONCE = 200;

interface DueCredential {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly validUntil: Date | null;
  readonly isEnding: boolean;
}

/**
 * Says once for each version that it is due to be replaced, or ends within two weeks. The statement that finds them marks
 * them, so that of several processes one speaks.
 * @returns how many it spoke of
 */
export async function remindOfRotations(transact: Transact<Db>, now: Date): Promise<number> {
  return transact(async (unit) => {
    const soon = new Date(now.getTime() + DAYS_AHEAD * 86_400_000);
    const due = await unit.db.$queryRaw<DueCredential[]>`
      with newest as (
        select distinct on (v.credential_id) v.credential_id, v.version, v.created_at, v.valid_until
        from credential_versions v where v.revoked_at is null
        order by v.credential_id, v.version desc
      ), due as (
        select c.id, n.version, n.valid_until, coalesce(n.valid_until <= ${soon}, false) as is_ending
        from credentials c join newest n on n.credential_id = c.id
        where c.reminded_version is distinct from n.version
          and (n.valid_until <= ${soon}
            or n.created_at + make_interval(days => c.rotate_after_days) <= ${now})
        limit ${AT_ONCE} for update of c skip locked
      )
      update credentials c set reminded_version = due.version from due where c.id = due.id
      returning c.id, c.name, due.version, due.valid_until as "validUntil", due.is_ending as "isEnding"`;
    for (const { id, name, version, validUntil, isEnding } of due)
      unit.emit({
        type: isEnding ? 'assets.credential.ending' : 'assets.credential.rotationDue',
        actorId: null,
        subject: { type: 'credential', id },
        data: { name, version, validUntil: validUntil?.toISOString() ?? null },
      });
    if (due.length > 0) unit.wake(CREDENTIALS_TOPIC);
    return due.length;
  });
}
