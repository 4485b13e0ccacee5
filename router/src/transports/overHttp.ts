import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { ASSERTION_HEADER } from '@opsconductor/authz';
import type { SignAssertion } from '@opsconductor/authz';
import { Bulkhead } from './bulkhead.ts';
import type { CircuitSettings } from './circuit.ts';
import { chooseEndpoint, createEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { TimedOut, post } from './exchange.ts';
import type { Posted } from './exchange.ts';
import { RetryBudget } from './retryBudget.ts';
import { SubgraphFault, SubgraphUnavailable, readSubgraphResponse } from './transport.ts';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse, SubgraphTransport } from './transport.ts';

export interface HttpTransportOptions {
  /** Name of the subgraph: the audience of the assertion. */
  readonly name: string;
  /** Addresses of its graph, as `http://127.0.0.1:4001/graphql`: calls are spread over them. */
  readonly urls: readonly string[];
  /** Says to the subgraph who asks. Without it, a subgraph that wants to know answers nothing. */
  readonly signAssertion?: SignAssertion;
  readonly connectMs?: number;
  /** Longest time of one call, repetitions included. */
  readonly requestMs?: number;
  readonly maxResponseBytes?: number;
  /** To each address. */
  readonly maxConnections?: number;
  /** Calls at once, and calls that may wait for that. */
  readonly maxCalls?: number;
  readonly maxWaitingCalls?: number;
  /** How often a query is repeated when the subgraph was not reached. Mutations never are. */
  readonly retries?: number;
  readonly circuit?: CircuitSettings;
  readonly random?: () => number;
  readonly now?: () => number;
}

const FIRST_PAUSE_MS = 50;

/** Calls a subgraph over HTTP, with a signed assertion over exactly the bytes that are sent. */
export function overHttp({
  name,
  urls,
  signAssertion,
  connectMs = 2_000,
  requestMs = 30_000,
  maxResponseBytes = 32 * 1024 * 1024,
  maxConnections = 64,
  maxCalls = 256,
  maxWaitingCalls = 1_024,
  retries = 2,
  circuit = { failures: 5, openMs: 2_000 },
  random = Math.random,
  now = Date.now,
}: HttpTransportOptions): SubgraphTransport {
  const settings = { maxConnections, connectMs, requestMs, maxResponseBytes, circuit, now };
  const endpoints = urls.map((url) => createEndpoint(url, settings));
  const bulkhead = new Bulkhead(maxCalls, maxWaitingCalls);
  const budget = new RetryBudget();
  const encode = createEncoder();
  let turn = 0;

  async function callOnce(endpoint: Endpoint, body: Buffer, call: SubgraphCall, timeoutMs: number) {
    const { viewer, requestId, signal, traceparent } = call;
    const { path, pool } = endpoint;
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(signAssertion && { [ASSERTION_HEADER]: signAssertion(name, body, { viewer, requestId }) }),
      ...(traceparent !== undefined && { traceparent }),
    };
    endpoint.circuit.begin();
    endpoint.running += 1;
    try {
      const posted = await post(pool, { path, headers, body, timeoutMs, signal });
      requireReached(posted);
      endpoint.circuit.succeed();
      return readAnswer(posted);
    } catch (error) {
      const fault = asTransportError(error, signal);
      if (signal.aborted) endpoint.circuit.abandon();
      else if (fault instanceof SubgraphUnavailable) endpoint.circuit.fail();
      else endpoint.circuit.succeed();
      throw fault;
    } finally {
      endpoint.running -= 1;
    }
  }

  async function callRepeatedly(request: SubgraphRequest, call: SubgraphCall): Promise<SubgraphResponse> {
    const { body, isQuery } = encode(request);
    const { signal } = call;
    const endsAt = now() + requestMs;
    let tried: Endpoint | undefined;
    budget.earn();
    for (let attempt = 0; ; attempt += 1) {
      const endpoint = chooseEndpoint(endpoints, (turn += 1), tried);
      try {
        return await callOnce(endpoint, body, call, Math.max(1, endsAt - now()));
      } catch (error) {
        const isRepeatable = isQuery && error instanceof NotReached && attempt < retries;
        if (!isRepeatable || signal.aborted || now() >= endsAt || !budget.spend()) throw error;
        tried = endpoint;
        const pauseMs = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + random());
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    async execute(request, call) {
      if (call.signal.aborted) throw new SubgraphUnavailable('the caller has left');
      const waiting = bulkhead.enter(call.signal);
      if (waiting) await waiting;
      try {
        return await callRepeatedly(request, call);
      } finally {
        bulkhead.leave();
      }
    },
    close: async () => void (await Promise.all(endpoints.map(({ pool }) => pool.destroy()))),
  };
}

interface Encoded {
  readonly body: Buffer;
  readonly isQuery: boolean;
}

const REMEMBERED_QUERIES = 2_000;
const REMEMBERED_CHARACTERS = 8 * 1024 * 1024;

/** Bodies, of which the part that stays the same for an operation is written once. */
function createEncoder(): (request: SubgraphRequest) => Encoded {
  const known = new LRUCache<string, { readonly head: string; readonly isQuery: boolean }>({
    max: REMEMBERED_QUERIES,
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_head, query) => query.length + 1,
  });
  return ({ query, variables, operationName }) => {
    let operation = known.get(query);
    if (!operation) {
      operation = { head: `{"query":${JSON.stringify(query)}`, isQuery: isQuery(query) };
      known.set(query, operation);
    }
    const named = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
    const given = variables === undefined ? '' : `,"variables":${JSON.stringify(variables)}`;
    return { body: Buffer.from(`${operation.head}${named}${given}}`), isQuery: operation.isQuery };
  };
}

/** The subgraph did not get the request, or something before it says so: a query may be repeated. */
class NotReached extends SubgraphUnavailable {}

function requireReached({ status }: Posted): void {
  if (status >= 502 && status <= 504) throw new NotReached(`status ${status}`);
}

function readAnswer({ status, text }: Posted): SubgraphResponse {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SubgraphFault(status === 200 ? 'the response is no JSON' : `status ${status}`, { cause: error });
  }
  if (status === 200) return readSubgraphResponse(value);
  // A request that fails as a whole may have another status (GraphQL over HTTP); then there are errors.
  const response = isRecord(value) && value['errors'] !== undefined ? readSubgraphResponse(value) : undefined;
  if (!response?.errors) throw new SubgraphFault(`status ${status}`);
  return response;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const codesOfNotReached = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

function asTransportError(error: unknown, signal: AbortSignal): Error {
  if (error instanceof SubgraphFault || error instanceof SubgraphUnavailable) return error;
  if (signal.aborted || error instanceof TimedOut)
    return new SubgraphUnavailable('the call was not answered in time', { cause: error });
  const code = String((error as NodeJS.ErrnoException).code);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new SubgraphFault('the response is too large', { cause: error });
  if (codesOfNotReached.has(code) || code === 'UND_ERR_SOCKET' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new NotReached(code, { cause: error });
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new SubgraphUnavailable(code, { cause: error });
  return new SubgraphFault('the call failed', { cause: error });
}

/** True only when the document cannot hold a mutation: the planner writes one operation, first. */
function isQuery(query: string): boolean {
  return /^\s*(query\b|\{)/.test(query) && !/\bmutation\b/.test(query);
}
