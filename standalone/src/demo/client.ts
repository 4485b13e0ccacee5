import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** A client of the graph as any other program would be one: HTTP for requests, graphql-ws for subscriptions. */
export interface GraphClient {
  /** @throws Error with the messages of all errors */
  request(document: string, variables?: Record<string, unknown>): Promise<Answer>;
  subscribe(document: string, variables: Record<string, unknown>): AsyncIterableIterator<Answer>;
  close(): void;
}

export type Answer = Record<string, never>;

/** @param accessToken undefined for a client that has not signed in */
export function connectGraph(url: string, accessToken?: string): GraphClient {
  const authorization = accessToken && `Bearer ${accessToken}`;
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
  });
  return {
    async request(document, variables = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({ query: document, variables }),
      });
      return read((await response.json()) as Result);
    },
    async *subscribe(query, variables) {
      for await (const result of socket.iterate({ query, variables })) yield read(result as Result);
    },
    close: () => void socket.dispose(),
  };
}

interface Result {
  readonly data?: Answer | null;
  readonly errors?: readonly { readonly message: string }[];
}

function read({ data, errors }: Result): Answer {
  if (errors?.length) throw new Error(errors.map(({ message }) => message).join(' '));
  if (!data) throw new Error('The answer has no data.');
  return data;
}

/** Gives a union's member of the expected type. @throws Error with the message of a refusal */
export function expectType(result: { __typename: string; message?: string }, typeName: string): Answer {
  if (result.__typename !== typeName) throw new Error(result.message ?? `The answer is ${result.__typename}.`);
  return result as unknown as Answer;
}
