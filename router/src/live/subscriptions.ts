import { hash, randomUUID } from 'node:crypto';
import type { Viewer } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import type { Graphs } from '../graph/graphs.ts';
import type { RouterMetrics } from '../metrics.ts';
import { nameOf } from '../operations/operation.ts';
import type { Caller, OperationResult, PreparedOperation } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import type { LiveSettings } from '../settings.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { createFeedReader } from './feedReader.ts';
import { liveAnswers, reasonOf } from './liveAnswers.ts';
import type { EndReason, LiveAnswers } from './liveAnswers.ts';
import { toLiveOperation } from './liveOperation.ts';
import type { LiveOperation } from './liveOperation.ts';
import { createQueryReader } from './reader.ts';
import { SharedReads } from './sharedReads.ts';

export interface Subscriptions {
  /**
   * @param transport for the metrics: `websocket`, `sse`, `multipart`
   * @param resumeFrom cursor of the last answer that a client of a feed has, if its transport knows; goes before the
   *   cursor in the client's document, with which it began
   * @throws {RequestRefused} the document is not valid, or the variables do not fit
   */
  open(prepared: PreparedOperation, caller: Caller, transport: string, resumeFrom?: string): LiveAnswers;
}

export interface SubscriptionsOptions {
  readonly graphs: Pick<Graphs, 'current'>;
  readonly operations: Pick<Operations, 'execute'>;
  readonly wakeUps: WakeUps;
  readonly settings: LiveSettings;
  readonly metrics: RouterMetrics;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { graphs, operations, wakeUps, settings, metrics, log } = options;
  const { clock = systemClock, random = Math.random } = options;
  const reads = new SharedReads<OperationResult>((kind) => metrics.liveReads.inc({ kind }));
  const stamp = (): number => reads.stamp();

  /** Every read goes the whole way of a query, authorisation included, in the viewer's name. */
  function read(live: LiveOperation, { viewer, signal }: Caller, cursor: string | null, wokenAt: number) {
    const { query, operationName, variables } = live.request;
    const own = live.feed ? { ...variables, [live.feed.cursorVariable]: cursor } : variables;
    const key = hash('sha256', JSON.stringify([identityOf(viewer), query, operationName, own]), 'base64');
    return reads.read(key, wokenAt, signal, (readSignal) =>
      operations.execute(
        { query, operationName, variables: own },
        { viewer, requestId: randomUUID(), signal: readSignal },
      ),
    );
  }

  return {
    open(prepared, caller, transport, resumeFrom) {
      const { fields, schema } = graphs.current;
      const live = toLiveOperation(prepared, fields, schema);
      const { feed, responseName, topic } = live;
      const readPage = (cursor: string | null, wokenAt: number) => read(live, caller, cursor, wokenAt);
      const reader = feed
        ? createFeedReader(readPage, responseName, { ...feed, start: resumeFrom ?? feed.start })
        : createQueryReader((wokenAt) => read(live, caller, null, wokenAt), responseName);
      const expiresAt = caller.viewer.kind === 'user' ? caller.viewer.expiresAt.getTime() : Infinity;
      const { signal } = caller;
      const answers = liveAnswers({ topic, wakeUps, reader, stamp, expiresAt, signal, settings, clock, random });
      return observe(answers, transport, { metrics, log, caller, operationName: nameOf(prepared) });
    },
  };
}

/** Reads are shared between viewers for whom nothing differs, the end of the token included. */
function identityOf(viewer: Viewer): unknown {
  if (viewer.kind === 'anonymous') return null;
  const { userId, sessionId, permissions, expiresAt } = viewer;
  return [userId, sessionId, expiresAt.getTime(), [...permissions].sort()];
}

interface Observed {
  readonly metrics: RouterMetrics;
  readonly log: Log;
  readonly caller: Caller;
  readonly operationName: string | undefined;
}

async function* observe(answers: LiveAnswers, transport: string, observed: Observed): LiveAnswers {
  const { metrics, log, caller, operationName } = observed;
  const { requestId } = caller;
  const begunAt = performance.now();
  let reason: EndReason | undefined;
  let pushed = 0;
  metrics.openSubscriptions.inc({ transport });
  log.info({ requestId, operationName, transport }, 'subscription.opened');
  try {
    for (;;) {
      const next = await answers.next();
      if (next.done) return (reason = next.value);
      pushed += 1;
      yield next.value;
    }
  } catch (error) {
    reason = 'failed';
    throw error;
  } finally {
    // Returned by the transport in the middle: the signal says why, if it was not the client.
    reason ??= reasonOf(caller.signal);
    await answers.return(reason);
    metrics.openSubscriptions.dec({ transport });
    metrics.subscriptionsEnded.inc({ transport, reason });
    const durationMs = Math.round(performance.now() - begunAt);
    log.info({ requestId, operationName, transport, reason, pushed, durationMs }, 'subscription.ended');
  }
}
