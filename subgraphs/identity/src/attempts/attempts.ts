/**
 * How often somebody may try: after each failure the next attempt on the same account from the same source has to wait longer. Attempts on
 * one account go one after another, in all processes together: any number of wrong ones at once is one guess, and any
 * number of right ones at once all succeed. An attempt that comes too early is neither made nor counted: it does not
 * lengthen the wait of whoever owns the account.
 */
import type { Transact, Unit } from '@opsconductor/events';
import type { Prisma, PrismaClient } from '../../generated/prisma/client.ts';
import type { Db } from '../context.ts';
import { GateFull, createGate, createKeyedGate } from '../gates/gate.ts';
import { TooManyAttempts } from './refusals.ts';

const FORGET_AFTER_SECONDS = 24 * 60 * 60;
/** Each holds a connection to the database while a password is hashed: no more than are hashed at once. */
const AT_ONCE = 2;
const WAITING = 64;
const WAITING_PER_ACCOUNT = 32;
/** One source gets one place among those that are at work, whatever it floods. */
const WAITING_PER_SOURCE = 16;
const DRAIN_SECONDS = 10;

export interface Attempts {
  /**
   * Runs `prove` as one attempt, in one transaction with what it counts. What it gives proves who asks, and clears the
   * account; undefined is a failure. When it rejects, nobody has failed but we: nothing is counted.
   * @param account any text that names what is tried
   * @param source who tries, see `sourceOf`: delays grow per account and source, so that a stranger cannot keep an owner out
   * @param mostDelaySeconds where the delay (1, 2, 4 s ...) stops growing
   * @throws {TooManyAttempts} the last failure was too short a time ago, or too many attempts are waiting
   */
  attempt<Proof extends object>(
    account: string,
    source: string | undefined,
    mostDelaySeconds: number,
    prove: (unit: Unit<Db>) => Promise<Proof | undefined>,
  ): Promise<Proof | undefined>;
  /** Removes what is older than a day. */
  forgetOld(): Promise<void>;
}

export function createAttempts(prisma: PrismaClient, transact: Transact<Db>, clock: () => Date): Attempts {
  const turns = createKeyedGate({ atOnce: 1, waiting: WAITING_PER_ACCOUNT, drainSeconds: DRAIN_SECONDS });
  const turnsOfSource = createKeyedGate({ atOnce: 1, waiting: WAITING_PER_SOURCE, drainSeconds: DRAIN_SECONDS });
  const gate = createGate({ atOnce: AT_ONCE, waiting: WAITING, drainSeconds: DRAIN_SECONDS });
  return {
    async attempt(tried, source, mostDelaySeconds, prove) {
      const account = source === undefined ? tried : `${tried} ${source}`;
      // Asked here too, so that a flood of early attempts does not queue.
      await requireUnblocked(prisma, account, clock());
      const attemptNow = () =>
        transact(async (unit) => {
          await lockAccount(unit.db, account);
          await requireUnblocked(unit.db, account, clock());
          const proof = await prove(unit);
          if (proof) await unit.db.attempt.deleteMany({ where: { account } });
          else await countFailure(unit.db, account, clock(), mostDelaySeconds);
          return proof;
        });
      try {
        const inTurn = () => turns(account, () => gate(attemptNow));
        return await (source === undefined ? inTurn() : turnsOfSource(source, inTurn));
      } catch (error) {
        throw error instanceof GateFull ? new TooManyAttempts(error.retryAfterSeconds) : error;
      }
    },
    async forgetOld() {
      const before = new Date(clock().getTime() - FORGET_AFTER_SECONDS * 1000);
      await prisma.attempt.deleteMany({ where: { blockedUntil: { lt: before } } });
    },
  };
}

async function lockAccount(db: Db, account: string): Promise<void> {
  await db.$executeRaw`select pg_advisory_xact_lock(hashtextextended('identity.attempts ' || ${account}, 0))`;
}

async function requireUnblocked(db: Pick<Prisma.TransactionClient, 'attempt'>, account: string, now: Date) {
  const failed = await db.attempt.findUnique({ where: { account } });
  const waitMs = failed ? failed.blockedUntil.getTime() - now.getTime() : 0;
  if (waitMs > 0) throw new TooManyAttempts(Math.ceil(waitMs / 1000));
}

async function countFailure(db: Db, account: string, now: Date, mostDelaySeconds: number): Promise<void> {
  const { failures } = await db.attempt.upsert({
    where: { account },
    create: { account, failures: 1, blockedUntil: now },
    update: { failures: { increment: 1 } },
  });
  const delaySeconds = Math.min(2 ** (failures - 1), mostDelaySeconds);
  const blockedUntil = new Date(now.getTime() + delaySeconds * 1000);
  await db.attempt.update({ where: { account }, data: { blockedUntil } });
}
