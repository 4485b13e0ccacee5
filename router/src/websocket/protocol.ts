/** graphql-transport-ws, by graphql-ws, with our way of identifying clients and answering operations. */
import { randomUUID } from 'node:crypto';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { ExecutionArgs, FormattedExecutionResult } from 'graphql';
import { makeServer } from 'graphql-ws';
import type { Context, Server, SubscribePayload } from 'graphql-ws';
import { anonymous } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import { KeysUnavailable, TokenRejected } from '../authentication/tokenRejected.ts';
import { refuse } from '../errors/requestRefused.ts';
import type { Graphs } from '../graph/graphs.ts';
import type { Authenticate } from '../http/credentials.ts';
import { readBodyParameters } from '../http/parameters.ts';
import { singleAnswer } from '../live/singleAnswer.ts';
import type { LiveAnswers } from '../live/liveAnswers.ts';
import type { Subscriptions } from '../live/subscriptions.ts';
import type { Admission, Admitted } from '../operations/admission.ts';
import type { Caller, OperationResult } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import type { RequestRecord, RequestRecords } from '../operations/requestRecords.ts';
import type { ConnectionSettings } from '../settings.ts';
import { closeCodes } from './closeCodes.ts';
import { OperationRefused, PresentedError, operationAnswers } from './operationAnswers.ts';
import type { Session } from './session.ts';

export interface ProtocolOptions {
  readonly authenticate: Authenticate;
  readonly graphs: Pick<Graphs, 'current'>;
  readonly operations: Operations;
  readonly admission: Admission;
  readonly subscriptions: Subscriptions;
  readonly records: RequestRecords;
  readonly settings: ConnectionSettings;
  readonly log: Log;
}

/** Errors of {@link accept} are as they leave. What an operation threw while it ran is a refusal, or nobody's business. */
function presentFailure(errors: readonly GraphQLError[], session: Session, { operations }: ProtocolOptions) {
  if (errors.every((error) => error instanceof PresentedError)) return undefined;
  const thrown = errors[0]?.originalError ?? errors[0];
  if (thrown instanceof OperationRefused) return thrown.errors;
  return operations.present(thrown, { viewer: session.viewer ?? anonymous, requestId: randomUUID() }).errors;
}

type Credentials = Record<string, unknown> | undefined;
type SocketContext = Context<Credentials, Session>;

/** An operation between `onSubscribe` and its answers. */
interface Accepted {
  readonly session: Session;
  readonly admitted: Admitted;
  readonly caller: Caller;
  readonly controller: AbortController;
  readonly record: RequestRecord;
}

export function createProtocol(options: ProtocolOptions): Server<Session> {
  const { settings } = options;
  const answers = (args: ExecutionArgs) => answer(args.contextValue as Accepted, options);
  return makeServer<Credentials, Session>({
    connectionInitWaitTimeout: settings.initSeconds * 1000,
    onConnect: (context) => identify(context, options),
    onSubscribe: (context, _id, payload) => accept(context, payload, options),
    execute: answers,
    subscribe: answers,
    // Results and errors are as they leave already.
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: ({ extra }, _id, _payload, errors) => presentFailure(errors, extra, options),
  });
}

/** The token of `connection_init`: the only place where a WebSocket has one. */
async function identify({ connectionParams, extra: session }: SocketContext, { authenticate, log }: ProtocolOptions) {
  const { authorization, Authorization, accessToken } = connectionParams ?? {};
  const credential = [authorization, Authorization, accessToken].find((value) => typeof value === 'string');
  const forbid = (text: string): false => {
    session.close(closeCodes.forbidden, text, 'refused');
    return false;
  };
  try {
    const viewer = await authenticate(credential, session.client);
    if (viewer.kind !== 'user') return forbid('Access token required');
    if (session.identify(viewer)) return true;
    session.close(closeCodes.tryAgainLater, 'Too many connections', 'refused');
    return false;
  } catch (error) {
    if (error instanceof TokenRejected) {
      log.info({ reason: error.reason }, 'token.rejected');
      return forbid(error.isExpired ? 'Access token expired' : 'Access token not valid');
    }
    log.error({ err: error }, 'authentication.failed');
    if (error instanceof KeysUnavailable) session.close(closeCodes.tryAgainLater, 'Try again later', 'server_close');
    else session.close(closeCodes.internalError, 'Internal server error', 'failed');
    return false;
  }
}

async function accept(
  { extra: session, subscriptions: running }: SocketContext,
  payload: SubscribePayload,
  { operations, admission, records, settings, graphs }: ProtocolOptions,
): Promise<ExecutionArgs | GraphQLError[]> {
  const { viewer } = session;
  if (!viewer) throw new Error('An operation came before the client was identified.');
  const requestId = randomUUID();
  const record = records.begin('websocket', requestId, session.client);
  try {
    if (Object.keys(running).length > settings.maxOperationsPerSocket)
      throw refuse('SUBSCRIPTION_MAX_LIMIT', 'Too many operations run on this connection.');
    // The protocol wants a query in every message: who names a document sends an empty one.
    const request = readBodyParameters({ ...payload, query: payload.query === '' ? undefined : payload.query });
    const controller = session.begin();
    const caller = { viewer, requestId, signal: controller.signal };
    const admitted = await admission.admit(request, caller).catch((error: unknown) => {
      session.finish(controller);
      throw error;
    });
    const { prepared } = admitted;
    record.describe(prepared);
    const accepted: Accepted = { session, admitted, caller, controller, record };
    return {
      schema: graphs.current.schema,
      document: prepared.document,
      operationName: request.operationName ?? null,
      contextValue: accepted,
    };
  } catch (error) {
    const refused = operations.present(error, { viewer, requestId });
    record.finish(refused);
    return (refused.errors ?? []).map((presented) => new PresentedError(presented));
  }
}

function answer(accepted: Accepted, { operations, subscriptions }: ProtocolOptions) {
  const { session, admitted, caller, controller, record } = accepted;
  const { prepared, settle } = admitted;
  const open = (): LiveAnswers => {
    if (prepared.operation.operation !== OperationTypeNode.SUBSCRIPTION) return singleAnswer(execute());
    try {
      return subscriptions.open(prepared, caller, 'websocket');
    } catch (error) {
      const refused = operations.present(error, caller);
      record.finish(refused);
      return singleAnswer(refused);
    }
  };
  const execute = async (): Promise<OperationResult> => {
    const result = settle(await operations.execute(prepared, caller));
    record.finish(caller.signal.aborted ? undefined : result);
    return result;
  };
  return operationAnswers(open(), controller, (reason) => {
    session.finish(controller);
    if (reason === 'token_expired') session.expire();
    if (reason === 'revoked') session.revoke();
  });
}
