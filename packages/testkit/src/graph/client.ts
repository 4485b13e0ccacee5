import { createClient } from 'graphql-ws';
import type { ExecutionResult } from 'graphql';
import { WebSocket } from 'ws';

/** Data of an answer: as loose as JSON, because documents decide its shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is the document's, which the type system does not see
export type Data = any;

export interface Answer {
  readonly status: number;
  readonly data?: Data;
  readonly errors?: readonly { message: string; path?: (string | number)[]; extensions: { code: string } }[];
}

/** A client of the graph as any other program would be one: HTTP for requests, graphql-ws for subscriptions. */
export interface GraphClient {
  /** The data. @throws Error with document, variables and answer when there are errors */
  query(document: string, variables?: Record<string, unknown>): Promise<Data>;
  /** The whole answer, errors included. */
  send(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  /** Pulls a subscription. Leaving the loop ends it. @throws like `query` */
  subscribe(document: string, variables?: Record<string, unknown>): AsyncIterableIterator<Data>;
  close(): Promise<void>;
}

/**
 * @param url of the router, such as `http://127.0.0.1:4000`
 * @param accessToken undefined for a client that has not signed in
 */
export function connectGraph(url: string, accessToken?: string): GraphClient {
  const authorization = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: authorization,
    retryAttempts: 0,
  });
  const send = async (document: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ query: document, variables }),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  return {
    send,
    query: async (document, variables) => readData(await send(document, variables), document, variables),
    async *subscribe(document, variables = {}) {
      for await (const result of socket.iterate<Data>({ query: document, variables }))
        yield readData(result, document, variables);
    },
    close: async () => void (await socket.dispose()),
  };
}

function readData(answer: Pick<ExecutionResult, 'data'> | Answer, document: string, variables: unknown): Data {
  const { errors } = answer as Answer;
  if (errors === undefined && answer.data) return answer.data;
  throw new Error(`The answer is not what was asked for.\n${JSON.stringify({ document, variables, answer }, null, 2)}`);
}

/** A member of a result union. @throws Error with the message of a refusal */
export function expectType(result: Data, typeName: string): Data {
  const { __typename, message } = result as { __typename: string; message?: string };
  if (__typename === typeName) return result;
  throw new Error(`Expected ${typeName}, got ${__typename}: ${message ?? JSON.stringify(result)}`);
}
