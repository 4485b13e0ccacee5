import type { Transact } from '@opsconductor/events';
import type { Db } from '../context.ts';

/** So long before its expiry the owner of a key is reminded, once. */
const AHEAD_DAYS = 14;
const BATCH = 500;

/** Announces keys that lapse soon, as events that notices can be made of. */
export async function announceExpiry(transact: Transact<Db>, now: Date): Promise<void> {
  const soon = new Date(now.getTime() + AHEAD_DAYS * 24 * 60 * 60 * 1000);
  await transact(async (unit) => {
    const due = await unit.db.apiKey.findMany({
      where: { expiryAnnouncedAt: null, revokedAt: null, expiresAt: { gt: now, lte: soon } },
      select: { id: true },
      take: BATCH,
    });
    const announced = await unit.db.apiKey.updateManyAndReturn({
      where: { id: { in: due.map(({ id }) => id) }, expiryAnnouncedAt: null },
      data: { expiryAnnouncedAt: now },
      select: { id: true, name: true, ownerId: true, expiresAt: true },
    });
    for (const { id, name, ownerId, expiresAt } of announced)
      unit.emit({
        type: 'identity.apiKey.expiring',
        actorId: null,
        subject: { type: 'apiKey', id },
        data: { name, ownerId, expiresAt: expiresAt.toISOString() },
      });
  });
}
