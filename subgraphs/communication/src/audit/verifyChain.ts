import type { Db } from '../context.ts';
import { GENESIS_HASH, hashEntry } from './chain.ts';
import type { Entry } from './chain.ts';

const PAGE = 1_000;

export type Verification =
  | { readonly isIntact: true; readonly entries: number; readonly lastHash: string }
  | {
      readonly isIntact: false;
      /** Place of the first entry that does not fit. */
      readonly position: number;
      /** An entry is missing before it, it does not continue the one before, or its content was changed. */
      readonly reason: 'gap' | 'previousHash' | 'hash';
    };

/** Goes through the whole chain from its beginning. */
export async function verifyChain(db: Pick<Db, 'auditEvent'>): Promise<Verification> {
  let position = 0;
  let lastHash = GENESIS_HASH;
  for (;;) {
    const links = await db.auditEvent.findMany({
      where: { position: { gt: position } },
      orderBy: { position: 'asc' },
      take: PAGE,
    });
    for (const link of links) {
      const broken = { isIntact: false, position: link.position } as const;
      if (link.position !== position + 1) return { ...broken, reason: 'gap' };
      if (link.previousHash !== lastHash) return { ...broken, reason: 'previousHash' };
      if (link.hash !== hashEntry(link as Entry, link.position, lastHash)) return { ...broken, reason: 'hash' };
      position = link.position;
      lastHash = link.hash;
    }
    if (links.length < PAGE) return { isIntact: true, entries: position, lastHash };
  }
}
