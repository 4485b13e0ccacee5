import type { IncomingMessage } from 'node:http';
import { OperationTypeNode } from 'graphql';
import { anonymous } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import type { Connections } from '../connections.ts';
import { asRefusal } from '../errors/requestRefused.ts';
import { farewellOf } from '../live/farewell.ts';
import { singleAnswer } from '../live/singleAnswer.ts';
import type { EndReason, LiveAnswers } from '../live/liveAnswers.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import type { Admission, Admitted, ClientRequest } from '../operations/admission.ts';
import type { Caller, OperationResult } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import type { RequestRecord, RequestRecords } from '../operations/requestRecords.ts';
import type { RouterSettings } from '../settings.ts';
import { authenticateHeader } from './credentials.ts';
import type { Authenticate } from './credentials.ts';
import { writeAnswerStream } from './answerStream.ts';
import type { StreamFormat } from './answerStream.ts';
import { eventStream, lastEventId } from './eventStream.ts';
import { compress } from './compression.ts';
import { send } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { HttpRefused } from './httpRefused.ts';
import { JSON_RESPONSE, acceptedTypes } from './mediaTypes.ts';
import type { AcceptedTypes } from './mediaTypes.ts';
import { multipartSubscription } from './multipart.ts';
import { readBodyParameters, readOperationId, readSearchParameters } from './parameters.ts';
import { readJsonBody } from './requestBody.ts';
import { createSingleConnection, streamToken } from './singleConnection.ts';
import type { SingleConnection } from './singleConnection.ts';
import { statusOf } from './status.ts';

export interface GraphqlEndpointOptions {
  readonly authenticate: Authenticate;
  readonly operations: Operations;
  readonly admission: Admission;
  readonly subscriptions: Subscriptions;
  readonly connections: Connections;
  readonly records: RequestRecords;
  readonly settings: RouterSettings;
  readonly log: Log;
}

/** `/graphql` over HTTP: JSON in, JSON or events out. Never rejects. */
export type GraphqlEndpoint = (exchange: Exchange) => Promise<void>;

export function createGraphqlEndpoint(options: GraphqlEndpointOptions): GraphqlEndpoint {
  const singleConnection = createSingleConnection(options);
  return async (exchange) => {
    const { request, response, requestId, client } = exchange;
    const controller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) controller.abort('client_disconnect');
    });
    const accepted = acceptedTypes(request);
    const record = options.records.begin('http', requestId, client);
    const answering = { ...options, singleConnection, exchange, accepted, record, controller };
    const { traceparent } = request.headers;
    let caller: Caller = {
      viewer: anonymous,
      requestId,
      signal: controller.signal,
      ...(typeof traceparent === 'string' && { traceparent }),
    };
    try {
      const isForStream =
        request.method === 'PUT' || request.method === 'DELETE' || streamToken(exchange) !== undefined;
      if (isForStream) return await answerForStream(answering);
      const asked = await readRequest(exchange, accepted, options.settings.bodyBytes);
      const viewer = await identify(answering);
      caller = { ...caller, viewer };
      const admitted = await options.admission.admit({ ...asked, ...wishesOf(request) }, caller);
      record.describe(admitted.prepared);
      for (const [name, value] of Object.entries(admitted.headers)) response.setHeader(name, value);
      await answer(admitted, caller, answering);
    } catch (error) {
      await answerRefused(error, caller, answering);
    }
  };
}

/** What a client says beside its operation. */
function wishesOf({ headers }: IncomingMessage): Pick<ClientRequest, 'clientName' | 'isCostAsked'> {
  const clientName = headers['apollographql-client-name'] ?? headers['graphql-client-name'];
  return {
    ...(typeof clientName === 'string' && { clientName }),
    isCostAsked: headers['x-graphql-cost'] !== undefined,
  };
}

const AGENT_CHARACTERS = 300;

function agentOf(request: IncomingMessage): { clientAgent?: string } {
  const agent = request.headers['user-agent'];
  return agent === undefined ? {} : { clientAgent: agent.slice(0, AGENT_CHARACTERS) };
}

async function identify({ authenticate, exchange, log }: Answering): Promise<Viewer> {
  const viewer = await authenticateHeader(authenticate, exchange.request.headers.authorization, exchange.client, log);
  return { ...viewer, clientAddress: exchange.client, ...agentOf(exchange.request) };
}

/** Requests of a client that has, or wants, one event stream for all its operations. */
async function answerForStream(answering: Answering): Promise<void> {
  const { exchange, singleConnection, settings, record } = answering;
  const { method } = exchange.request;
  const body = method === 'POST' ? await readJsonBody(exchange.request, settings.bodyBytes) : undefined;
  const viewer = await identify(answering);
  if (method === 'PUT') return singleConnection.reserve(exchange, viewer);
  if (method === 'GET') return singleConnection.open(exchange, viewer);
  if (method === 'DELETE') return singleConnection.complete(exchange, viewer);
  if (method !== 'POST') throw methodNotAllowed();
  const farewell = (reason: EndReason, caller: Caller) => farewellOf(reason, caller, answering.operations);
  singleConnection.run(exchange, {
    asked: { ...readBodyParameters(body), ...wishesOf(exchange.request) },
    operationId: readOperationId(body),
    viewer,
    record,
    farewell,
  });
}

async function readRequest({ request, url }: Exchange, accepted: AcceptedTypes, bodyBytes: number) {
  if (!accepted.json && !accepted.acceptsEvents && !accepted.acceptsMultipart)
    throw new HttpRefused(
      406,
      'BAD_USER_INPUT',
      'Answers are application/graphql-response+json, application/json or text/event-stream.',
    );
  if (request.method === 'GET') return readSearchParameters(url.searchParams);
  if (request.method === 'POST') return readBodyParameters(await readJsonBody(request, bodyBytes));
  throw methodNotAllowed();
}

function methodNotAllowed(): HttpRefused {
  return new HttpRefused(405, 'BAD_USER_INPUT', 'Use POST, or GET for queries.', { allow: 'GET, POST, PUT, DELETE' });
}

interface Answering extends GraphqlEndpointOptions {
  readonly singleConnection: SingleConnection;
  readonly exchange: Exchange;
  readonly accepted: AcceptedTypes;
  readonly record: RequestRecord;
  readonly controller: AbortController;
}

async function answer({ prepared, settle }: Admitted, caller: Caller, answering: Answering): Promise<void> {
  const { exchange, accepted, operations, subscriptions, record } = answering;
  const type = prepared.operation.operation;
  if (type === OperationTypeNode.MUTATION && exchange.request.method === 'GET')
    throw new HttpRefused(405, 'BAD_USER_INPUT', 'Mutations need POST.', { allow: 'POST' });
  if (type === OperationTypeNode.SUBSCRIPTION) {
    if (accepted.acceptsEvents) {
      const answers = subscriptions.open(prepared, caller, 'sse', lastEventId(exchange.request));
      return stream(answers, eventStream, 'sse', caller, answering);
    }
    if (accepted.acceptsMultipart)
      return stream(
        subscriptions.open(prepared, caller, 'multipart'),
        multipartSubscription,
        'multipart',
        caller,
        answering,
      );
    throw new HttpRefused(
      406,
      'BAD_USER_INPUT',
      'Subscriptions need WebSocket, Accept: text/event-stream, or Accept: multipart/mixed;subscriptionSpec=1.0.',
    );
  }
  const result = settle(await operations.execute(prepared, caller));
  if (caller.signal.aborted) return record.finish(undefined);
  if (accepted.prefersEvents) await stream(singleAnswer(result), eventStream, 'sse', caller, answering);
  else await sendResult(exchange, result, accepted);
  record.finish(result, exchange.response.statusCode);
}

type StreamTransport = 'sse' | 'multipart';

async function stream(
  answers: LiveAnswers,
  format: StreamFormat,
  transport: StreamTransport,
  caller: Caller,
  answering: Answering,
): Promise<void> {
  const { connections, controller } = answering;
  const connection = connections.admit(transport, (reason) => controller.abort(reason));
  if (!connection) throw new HttpRefused(503, 'UNAVAILABLE', 'There are too many connections.', { 'retry-after': '5' });
  try {
    if (!connection.claim(caller.viewer))
      throw new HttpRefused(429, 'SUBSCRIPTION_MAX_LIMIT', 'You have too many connections.', { 'retry-after': '5' });
    await write(answers, format, caller, answering);
  } finally {
    connection.leave();
  }
}

function write(answers: LiveAnswers, format: StreamFormat, caller: Caller, answering: Answering): Promise<void> {
  const { exchange, controller, settings } = answering;
  return writeAnswerStream(answers, format, {
    response: exchange.response,
    controller,
    settings: settings.connections,
    farewell: (reason) => farewellOf(reason, caller, answering.operations),
  });
}

async function answerRefused(error: unknown, caller: Caller, answering: Answering): Promise<void> {
  const { exchange, accepted, operations, record } = answering;
  if (caller.signal.aborted) return record.finish(undefined);
  const refusal = asRefusal(error);
  const result = operations.present(refusal, caller);
  // A client of events hears of a wrong document through an event (graphql-sse).
  if (refusal instanceof HttpRefused) await sendResult(exchange, result, accepted, refusal);
  else if (accepted.prefersEvents) await write(singleAnswer(result), eventStream, caller, answering);
  else await sendResult(exchange, result, accepted);
  record.finish(result, exchange.response.statusCode);
}

async function sendResult(
  { request, response }: Exchange,
  result: OperationResult,
  accepted: AcceptedTypes,
  refusal?: HttpRefused,
): Promise<void> {
  const type = accepted.json ?? JSON_RESPONSE;
  const { body, encoding } = await compress(JSON.stringify(result), request);
  response.appendHeader('vary', 'Accept-Encoding');
  send(response, refusal?.status ?? statusOf(result, type), body, {
    ...refusal?.headers,
    'content-type': `${type}; charset=utf-8`,
    ...(encoding !== undefined && { 'content-encoding': encoding }),
  });
}
