/**
 * `/auth/refresh` and `/auth/logout`: for web pages, which keep their refresh token where no script reads it. What happens is
 * the graph's: these only carry a cookie to it. A page signs in with the mutation `signIn` and posts the refresh token here
 * once; from then on the cookie is enough.
 */
import { anonymous } from '@opsconductor/authz';
import type { GraphQLSchema } from 'graphql';
import type { Log } from '@opsconductor/telemetry';
import { asRefusal } from '../errors/requestRefused.ts';
import type { Authenticate } from '../http/credentials.ts';
import { send, sendJson } from '../http/exchange.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpRefused } from '../http/httpRefused.ts';
import type { Origins } from '../http/origins.ts';
import { readJsonBody } from '../http/requestBody.ts';
import type { Caller, OperationResult } from '../operations/operation.ts';
import type { Operations } from '../operations/operations.ts';
import { clearedRefreshCookie, readRefreshCookie, refreshCookie } from './refreshCookie.ts';

const BODY_BYTES = 4 * 1024;
const AGENT_CHARACTERS = 300;

export interface SessionEndpointOptions {
  readonly operations: Operations;
  readonly authenticate: Authenticate;
  readonly origins: Origins;
  readonly log: Log;
}

/** Answers what is below `/auth/`. Never rejects for what the client does. */
export type SessionEndpoint = (exchange: Exchange) => Promise<void>;

/** Whether the graph has what the endpoint carries cookies to. */
export function servesSessions(schema: GraphQLSchema): boolean {
  const fields = schema.getMutationType()?.getFields() ?? {};
  return 'refreshSession' in fields && 'signOut' in fields;
}

export function createSessionEndpoint(options: SessionEndpointOptions): SessionEndpoint {
  return async (exchange) => {
    const { request, response, url } = exchange;
    options.origins.allow(request, response, { credentials: true });
    if (request.method === 'OPTIONS') return send(response, 204, '', { allow: 'POST, OPTIONS' });
    try {
      if (request.method !== 'POST') throw new HttpRefused(405, 'BAD_USER_INPUT', 'Use POST.', { allow: 'POST' });
      // A page elsewhere must not end or prolong anybody's session, whatever its browser thinks of SameSite.
      if (!options.origins.mayConnect(request)) throw new HttpRefused(403, 'FORBIDDEN', 'This origin is not allowed.');
      if (url.pathname === '/auth/refresh') return await refresh(exchange, options);
      if (url.pathname === '/auth/logout') return await logOut(exchange, options);
      send(response, 404, '');
    } catch (error) {
      const refusal = asRefusal(error);
      if (!(refusal instanceof HttpRefused)) throw error;
      sendJson(response, refusal.status, options.operations.present(refusal, callerOf(exchange)), {
        headers: refusal.headers,
      });
    }
  };
}

async function refresh(exchange: Exchange, options: SessionEndpointOptions): Promise<void> {
  const { request, response } = exchange;
  const token = (await readToken(exchange)) ?? readRefreshCookie(request);
  const session = token === undefined ? undefined : await renew(token, callerOf(exchange), options);
  if (session) {
    response.setHeader('set-cookie', refreshCookie(session.refreshToken));
    const { accessToken, expiresAt, userId } = session;
    return sendJson(response, 200, { accessToken, expiresAt, userId });
  }
  response.setHeader('set-cookie', clearedRefreshCookie);
  throw new HttpRefused(401, 'UNAUTHENTICATED', 'There is no session to go on with: sign in again.');
}

/** Again is the same as once, and so is logging out of nothing. */
async function logOut(exchange: Exchange, options: SessionEndpointOptions): Promise<void> {
  const { request, response, client } = exchange;
  const token = (await readToken(exchange)) ?? readRefreshCookie(request);
  const caller = callerOf(exchange);
  const session = token === undefined ? undefined : await renew(token, caller, options);
  if (session) {
    const viewer = await options.authenticate(`Bearer ${session.accessToken}`, client);
    dataOf(await run(options, 'mutation { signOut { signedOutAt } }', {}, { ...caller, viewer }));
  }
  response.setHeader('set-cookie', clearedRefreshCookie);
  send(response, 204, '');
}

async function readToken({ request }: Exchange): Promise<string | undefined> {
  const body = await readJsonBody(request, BODY_BYTES);
  const { refreshToken } = (body ?? {}) as { refreshToken?: unknown };
  return typeof refreshToken === 'string' ? refreshToken : undefined;
}

interface RenewedSession {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: string;
  readonly userId: string;
}

const REFRESH = `mutation ($refreshToken: String!) {
  refreshSession(input: { refreshToken: $refreshToken }) {
    ... on SignedIn { accessToken refreshToken expiresAt userId }
  }
}`;

/** @returns undefined when the token does not hold. @throws {HttpRefused} nobody can tell */
async function renew(
  refreshToken: string,
  caller: Caller,
  options: SessionEndpointOptions,
): Promise<RenewedSession | undefined> {
  const { refreshSession } = dataOf(await run(options, REFRESH, { refreshToken }, caller));
  const session = refreshSession as Partial<RenewedSession>;
  return session.accessToken === undefined ? undefined : (session as RenewedSession);
}

function run(
  { operations }: SessionEndpointOptions,
  query: string,
  variables: Record<string, unknown>,
  caller: Caller,
): Promise<OperationResult> {
  return operations.execute(operations.prepare({ query, variables }, caller.viewer), caller);
}

/** Not a 401, and the cookie stays: the client tries again. @throws {HttpRefused} */
function dataOf({ data, errors }: OperationResult): Record<string, unknown> {
  if (data && !errors) return data;
  throw new HttpRefused(503, 'UNAVAILABLE', 'Sessions cannot be renewed at the moment: try again.', {
    'retry-after': '2',
  });
}

function callerOf({ request, requestId, client }: Exchange): Caller {
  const agent = request.headers['user-agent']?.slice(0, AGENT_CHARACTERS);
  const viewer = { ...anonymous, clientAddress: client, ...(agent !== undefined && { clientAgent: agent }) };
  return { viewer, requestId, signal: AbortSignal.timeout(30_000) };
}
