import { hash, randomUUID } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import type { Log } from '@opsconductor/telemetry';
import { refuse } from '../errors/requestRefused.ts';
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
import type { LiveField } from './liveFields.ts';
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
  /** Another supergraph is served: everything is read again by it, or ends when it does not hold there. */
  reload(): void;
}

/** What subscriptions need to know of the supergraph that is served. */
export interface LiveGraph {
  readonly fields: ReadonlyMap<string, LiveField>;
  readonly schema: GraphQLSchema;
}

export interface SubscriptionsOptions {
  /** The supergraph as it is served now: another object after a reload. */
  readonly graph: () => LiveGraph;
  readonly operations: Pick<Operations, 'execute' | 'present'>;
  readonly wakeUps: WakeUps;
  readonly settings: LiveSettings;
  readonly metrics: RouterMetrics;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { graph, operations, wakeUps, settings, metrics, log } = options;
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

  const reloads = new Set<() => void>();
  const onReload = (wake: () => void) => {
    reloads.add(wake);
    return () => void reloads.delete(wake);
  };

  return {
    open(prepared, caller, transport, resumeFrom) {
      const current = followGraph(prepared, graph);
      const { feed, responseName, throttleMs } = current();
      const readNow = async (cursor: string | null, wokenAt: number): Promise<OperationResult> => {
        let live: LiveOperation;
        try {
          live = current();
        } catch (error) {
          return operations.present(error, caller);
        }
        return read(live, caller, cursor, wokenAt);
      };
      const reader = feed
        ? createFeedReader(readNow, responseName, { ...feed, start: resumeFrom ?? feed.start })
        : createQueryReader((wokenAt) => readNow(null, wokenAt), responseName);
      const expiresAt = caller.viewer.kind === 'user' ? caller.viewer.expiresAt.getTime() : Infinity;
      const answers = liveAnswers({
        ...{ wakeUps, onReload, reader, stamp, expiresAt, settings, throttleMs, clock, random },
        topic: topicOf(current),
        signal: caller.signal,
      });
      return observe(answers, transport, { metrics, log, caller, operationName: nameOf(prepared) });
    },
    reload() {
      for (const wake of [...reloads]) wake();
    },
  };
}

/** The operation as the supergraph of the moment reads it. @returns a function that throws when it does not hold there */
function followGraph(prepared: PreparedOperation, graph: () => LiveGraph): () => LiveOperation {
  let seen = graph();
  let live = toLiveOperation(prepared, seen.fields, seen.schema);
  return () => {
    const now = graph();
    if (now === seen) return live;
    const { feed } = live;
    const next = toLiveOperation(prepared, now.fields, now.schema);
    if ((next.feed === undefined) !== (feed === undefined))
      throw refuse('GRAPHQL_VALIDATION_FAILED', 'The graph has changed: subscribe again.');
    seen = now;
    live = next;
    return live;
  };
}

/** The topic of the moment; the last one when the operation does not hold any more, which its next read will say. */
function topicOf(current: () => LiveOperation): () => string {
  let { topic } = current();
  return () => {
    try {
      ({ topic } = current());
    } catch {
      // Told by the read.
    }
    return topic;
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
