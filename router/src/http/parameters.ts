/** The parameters of a GraphQL request (GraphQL over HTTP, "Request Parameters"). */
import type { ClientRequest } from '../operations/admission.ts';
import { HttpRefused } from './httpRefused.ts';
import { parseJson } from './requestBody.ts';

/** @throws {HttpRefused} 400 */
export function readBodyParameters(body: unknown): ClientRequest {
  if (Array.isArray(body)) throw malformed('Batches are not answered: send one operation at a time.');
  if (!isObject(body)) throw malformed('The body must be a JSON object.');
  return readParameters(body);
}

/** `extensions.operationId`, with which graphql-sse tells apart the operations of one stream. */
export function readOperationId(body: unknown): string | undefined {
  const extensions = isObject(body) ? body['extensions'] : undefined;
  const id = isObject(extensions) ? extensions['operationId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** @throws {HttpRefused} 400 */
export function readSearchParameters(search: URLSearchParams): ClientRequest {
  return readParameters({
    query: single(search, 'query'),
    documentId: single(search, 'documentId'),
    operationName: single(search, 'operationName'),
    variables: parsed(search, 'variables'),
    extensions: parsed(search, 'extensions'),
  });
}

function readParameters(given: Readonly<Record<string, unknown>>): ClientRequest {
  const { query, operationName, variables, extensions } = given;
  if (extensions != null && !isObject(extensions)) throw malformed('extensions must be an object.');
  const documentId = readDocumentId(given['documentId'], extensions);
  if (query == null ? documentId === undefined : typeof query !== 'string' || query === '')
    throw malformed('query must be a text.');
  if (operationName != null && typeof operationName !== 'string') throw malformed('operationName must be a text.');
  if (variables != null && !isObject(variables)) throw malformed('variables must be an object.');
  return {
    ...(query != null && { query: query as string }),
    ...(documentId !== undefined && { documentId }),
    ...(operationName != null && { operationName }),
    ...(variables != null && { variables }),
    ...readAuthorisationWish(extensions),
  };
}

/** `extensions.authorisation`: `{ "mode": "reject" }` for all or nothing, `{ "explain": true }` for who may run it. */
function readAuthorisationWish(
  extensions: Record<string, unknown> | null | undefined,
): Pick<ClientRequest, 'authorisation'> {
  const wish = extensions?.['authorisation'];
  if (!isObject(wish)) return {};
  return { authorisation: { isAllOrNothing: wish['mode'] === 'reject', isExplanation: wish['explain'] === true } };
}

const ID_CHARACTERS = 256;

/** `documentId` (GraphQL over HTTP, "Persisted Documents"), or the hash of Apollo's persisted queries. */
function readDocumentId(
  documentId: unknown,
  extensions: Record<string, unknown> | null | undefined,
): string | undefined {
  const persisted = extensions?.['persistedQuery'];
  const id = documentId ?? (isObject(persisted) ? persisted['sha256Hash'] : undefined);
  if (id == null) return undefined;
  if (typeof id !== 'string' || id === '' || id.length > ID_CHARACTERS)
    throw malformed(`The identifier of a document must be a text of at most ${ID_CHARACTERS} characters.`);
  return id;
}

function single(search: URLSearchParams, name: string): string | undefined {
  const values = search.getAll(name);
  if (values.length > 1) throw malformed(`${name} must be given once.`);
  return values[0];
}

function parsed(search: URLSearchParams, name: string): unknown {
  const text = single(search, name);
  return text === undefined ? undefined : parseJson(text, name);
}

function malformed(message: string): HttpRefused {
  return new HttpRefused(400, 'BAD_USER_INPUT', message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
