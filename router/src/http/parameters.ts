/** The parameters of a GraphQL request (GraphQL over HTTP, "Request Parameters"). */
import type { OperationRequest } from '../operations/operation.ts';
import { HttpRefused } from './httpRefused.ts';

/** @throws {HttpRefused} 400 */
export function readBodyParameters(body: unknown): OperationRequest {
  if (Array.isArray(body)) throw malformed('Batches are not answered: send one operation at a time.');
  if (!isObject(body)) throw malformed('The body must be a JSON object.');
  return readParameters(body['query'], body['operationName'], body['variables'], body['extensions']);
}

/** `extensions.operationId`, with which graphql-sse tells apart the operations of one stream. */
export function readOperationId(body: unknown): string | undefined {
  const extensions = isObject(body) ? body['extensions'] : undefined;
  const id = isObject(extensions) ? extensions['operationId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** @throws {HttpRefused} 400 */
export function readSearchParameters(search: URLSearchParams): OperationRequest {
  return readParameters(
    single(search, 'query'),
    single(search, 'operationName'),
    parsed(search, 'variables'),
    parsed(search, 'extensions'),
  );
}

function readParameters(
  query: unknown,
  operationName: unknown,
  variables: unknown,
  extensions: unknown,
): OperationRequest {
  if (extensions != null && !isObject(extensions)) throw malformed('extensions must be an object.');
  if (query === undefined && extensions?.['persistedQuery'] !== undefined)
    throw new HttpRefused(400, 'PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
  if (typeof query !== 'string' || query === '') throw malformed('query must be a text.');
  if (operationName != null && typeof operationName !== 'string') throw malformed('operationName must be a text.');
  if (variables != null && !isObject(variables)) throw malformed('variables must be an object.');
  return { query, ...(operationName != null && { operationName }), ...(variables != null && { variables }) };
}

function single(search: URLSearchParams, name: string): string | undefined {
  const values = search.getAll(name);
  if (values.length > 1) throw malformed(`${name} must be given once.`);
  return values[0];
}

function parsed(search: URLSearchParams, name: string): unknown {
  const text = single(search, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(`${name} is no JSON.`);
  }
}

function malformed(message: string): HttpRefused {
  return new HttpRefused(400, 'BAD_USER_INPUT', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
