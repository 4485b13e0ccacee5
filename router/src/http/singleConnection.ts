/** The requests of graphql-sse's single connection mode: reserve a stream, open it, run operations on it, end them. */
import { OperationTypeNode } from 'graphql';
import type { UserViewer, Viewer } from '@opsconductor/authz';
import type { Connections } from '../connections.ts';
import type { EndReason, LiveAnswers } from '../live/liveAnswers.ts';
import { laterAnswers, singleAnswer } from '../live/singleAnswer.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import type { Admission, ClientRequest } from '../operations/admission.ts';
import type { Caller, OperationResult } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import type { RequestRecord } from '../operations/requestRecords.ts';
import type { RouterSettings } from '../settings.ts';
import { send } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { HttpRefused } from './httpRefused.ts';
import { ReservedStream } from './reservedStream.ts';

export interface SingleConnectionOptions {
  readonly operations: Operations;
  readonly admission: Admission;
  readonly subscriptions: Subscriptions;
  readonly connections: Connections;
  readonly settings: RouterSettings;
}

/** An operation for a stream: what is asked, by whom, and what is said when it is ended from this side. */
export interface StreamRequest {
  readonly asked: ClientRequest;
  readonly operationId: string | undefined;
  readonly viewer: Viewer;
  readonly record: RequestRecord;
  readonly farewell: (reason: EndReason, caller: Caller) => OperationResult | undefined;
}

/** All methods throw {@link HttpRefused}. */
export interface SingleConnection {
  /** PUT: answers 201 with the token of a stream. */
  reserve(exchange: Exchange, viewer: Viewer): void;
  /** GET or POST that accepts events: opens the stream that was reserved. */
  open(exchange: Exchange, viewer: Viewer): void;
  /** POST: answers 202; what the operation answers comes on the stream. */
  run(exchange: Exchange, request: StreamRequest): void;
  /** DELETE: ends one operation. */
  complete(exchange: Exchange, viewer: Viewer): void;
}

const TOKEN_HEADER = 'x-graphql-event-stream-token';
const MAX_ID_CHARACTERS = 128;

/** The token of a stream that a request belongs to; undefined for a request on its own. */
export function streamToken({ request, url }: Exchange): string | undefined {
  const header = request.headers[TOKEN_HEADER];
  return typeof header === 'string' ? header : (url.searchParams.get('token') ?? undefined);
}

export function createSingleConnection(options: SingleConnectionOptions): SingleConnection {
  const { connections, settings } = options;
  const streams = new Map<string, ReservedStream>();

  /** A stream of somebody else is as little there as one that has ended. */
  function find(exchange: Exchange, viewer: Viewer): ReservedStream {
    const user = requireUser(viewer);
    const stream = streams.get(streamToken(exchange) ?? '');
    if (stream?.owner.userId !== user.userId || stream.owner.sessionId !== user.sessionId)
      throw new HttpRefused(404, 'NOT_FOUND', 'There is no such event stream: reserve one.');
    return stream;
  }

  return {
    reserve({ response }, viewer) {
      const owner = requireUser(viewer);
      const connection = connections.admit('sse', (reason) => stream.end(reason));
      if (!connection) throw tooMany(503, 'UNAVAILABLE', 'There are too many connections.');
      if (!connection.claim(owner)) {
        connection.leave();
        throw tooMany(429, 'SUBSCRIPTION_MAX_LIMIT', 'You have too many connections.');
      }
      const stream: ReservedStream = new ReservedStream(owner, connection, settings.connections, () =>
        streams.delete(stream.token),
      );
      streams.set(stream.token, stream);
      send(response, 201, stream.token, { 'content-type': 'text/plain; charset=utf-8' });
    },

    open(exchange, viewer) {
      const stream = find(exchange, viewer);
      if (stream.isOpen) throw new HttpRefused(409, 'BAD_USER_INPUT', 'This event stream is open already.');
      stream.open(exchange.response);
    },

    run(exchange, request) {
      const viewer = requireUser(request.viewer);
      const stream = find(exchange, viewer);
      const id = request.operationId;
      if (id === undefined || id === '' || id.length > MAX_ID_CHARACTERS)
        throw new HttpRefused(400, 'BAD_USER_INPUT', 'extensions.operationId must name the operation.');
      if (stream.has(id)) throw new HttpRefused(409, 'BAD_USER_INPUT', 'An operation of this id runs already.');
      if (stream.size >= settings.connections.maxOperationsPerSocket)
        throw tooMany(429, 'SUBSCRIPTION_MAX_LIMIT', 'Too many operations run on this connection.');
      const controller = new AbortController();
      const caller = { viewer, requestId: exchange.requestId, signal: controller.signal };
      // The stream outlives the token that it was reserved with: each operation has its own.
      const unwatch = connections.watch(viewer, () => controller.abort('revoked'));
      const answers = laterAnswers(open(request, caller, options));
      const farewell = (reason: EndReason) => request.farewell(reason, caller);
      const run = stream.run(id, { answers, controller, farewell });
      void run.catch(() => stream.end('failed')).finally(unwatch);
      send(exchange.response, 202, '');
    },

    complete(exchange, viewer) {
      find(exchange, viewer).complete(exchange.url.searchParams.get('operationId') ?? '');
      send(exchange.response, 200, '');
    },
  };
}

/** What is wrong with an operation is told on the stream, as its result would be. */
async function open(
  { asked, record }: StreamRequest,
  caller: Caller,
  { operations, admission, subscriptions }: SingleConnectionOptions,
): Promise<LiveAnswers> {
  try {
    const { prepared, settle } = await admission.admit(asked, caller);
    record.describe(prepared);
    if (prepared.operation.operation === OperationTypeNode.SUBSCRIPTION)
      return subscriptions.open(prepared, caller, 'sse');
    return singleAnswer(
      operations.execute(prepared, caller).then((answer) => {
        const result = settle(answer);
        record.finish(caller.signal.aborted ? undefined : result);
        return result;
      }),
    );
  } catch (error) {
    const refused = operations.present(error, caller);
    record.finish(refused);
    return singleAnswer(refused);
  }
}

function requireUser(viewer: Viewer): UserViewer {
  if (viewer.kind === 'user') return viewer;
  throw new HttpRefused(401, 'UNAUTHENTICATED', 'Sign in first: an event stream of its own needs an access token.');
}

function tooMany(status: number, code: 'UNAVAILABLE' | 'SUBSCRIPTION_MAX_LIMIT', message: string): HttpRefused {
  return new HttpRefused(status, code, message, { 'retry-after': '5' });
}
