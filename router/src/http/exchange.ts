import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Address of the client. */
  readonly client: string;
  /** Path and search parameters of the request. */
  readonly url: URL;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  { type = 'application/json', headers = {} }: { type?: string; headers?: Readonly<Record<string, string>> } = {},
): void {
  send(response, status, JSON.stringify(value), { ...headers, 'content-type': `${type}; charset=utf-8` });
}

export function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
