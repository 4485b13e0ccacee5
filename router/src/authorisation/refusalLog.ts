import { LRUCache } from 'lru-cache';
import type { Log } from '@opsconductor/telemetry';
import type { Caller } from '../operations/operation.ts';
import type { AuthorisationMode } from './authorise.ts';

export interface RefusalRecord {
  readonly operationName: string | undefined;
  /** What was refused: `Type.field`. */
  readonly refused: readonly string[];
  readonly mode: AuthorisationMode;
}

/** Says who was refused what: to the log, for an audit. */
export type RecordRefusal = (record: RefusalRecord, caller: Caller) => void;

/** The same refusal of the same principal is a line in this time, with how often it happened since. */
const QUIET_MS = 60_000;
const REMEMBERED_REFUSALS = 10_000;
const NAMED_FIELDS = 20;

/** A client that asks again and again for what it may not have fills no disk. */
export function createRefusalLog(log: Log, now: () => number = Date.now): RecordRefusal {
  const recent = new LRUCache<string, { saidAt: number; since: number }>({ max: REMEMBERED_REFUSALS });
  return ({ operationName, refused, mode }, { viewer, requestId }) => {
    const principal = viewer.kind === 'user' ? viewer.userId : `anonymous ${viewer.clientAddress ?? ''}`;
    const fields = refused.slice(0, NAMED_FIELDS);
    const key = JSON.stringify([principal, operationName?.slice(0, 100), fields]);
    const known = recent.get(key);
    if (known && now() - known.saidAt < QUIET_MS) {
      known.since += 1;
      return;
    }
    recent.set(key, { saidAt: now(), since: 0 });
    const session = viewer.kind === 'user' ? { userId: viewer.userId, sessionId: viewer.sessionId } : {};
    log.info(
      {
        ...{
          requestId,
          ...session,
          client: viewer.clientAddress,
          operationName: operationName?.slice(0, 100),
          mode,
          fields,
        },
        ...(refused.length > fields.length && { more: refused.length - fields.length }),
        ...(known && known.since > 0 && { repeated: known.since }),
      },
      'operation.refused',
    );
  };
}
