import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';

export const GRAPHQL_RESPONSE = 'application/graphql-response+json';
export const JSON_RESPONSE = 'application/json';
export const EVENT_STREAM = 'text/event-stream';

export type JsonMediaType = typeof GRAPHQL_RESPONSE | typeof JSON_RESPONSE;

/** What the client can read of what we can write (GraphQL over HTTP, "Response"; graphql-sse, "Distinct connections"). */
export interface AcceptedTypes {
  /** Undefined when the client wants neither. Without an Accept header: `application/graphql-response+json`. */
  readonly json: JsonMediaType | undefined;
  readonly acceptsEvents: boolean;
  /** The client would rather have events than JSON. */
  readonly prefersEvents: boolean;
  /** Reads the parts of one `multipart/mixed` response as answers of a subscription (Apollo's `subscriptionSpec=1.0`). */
  readonly acceptsMultipart: boolean;
}

export function acceptedTypes({ headers: { accept } }: IncomingMessage): AcceptedTypes {
  const known = remembered.get(accept ?? NO_HEADER);
  if (known) return known;
  const types = negotiate(accept);
  if (accept === undefined || accept.length <= REMEMBERED_CHARACTERS) remembered.set(accept ?? NO_HEADER, types);
  return types;
}

/** Clients of one kind all send the same header, and negotiating costs more than what is decided by it. */
const remembered = new LRUCache<string, AcceptedTypes>({ max: 200 });
const REMEMBERED_CHARACTERS = 500;
/** No header is not an empty one; this cannot be in any. */
const NO_HEADER = '\0';

function negotiate(accept: string | undefined): AcceptedTypes {
  const negotiator = new Negotiator({ headers: { accept } });
  const json = negotiator.mediaType([GRAPHQL_RESPONSE, JSON_RESPONSE]) as JsonMediaType | undefined;
  const best = negotiator.mediaType([GRAPHQL_RESPONSE, JSON_RESPONSE, EVENT_STREAM]);
  return {
    json,
    acceptsEvents: negotiator.mediaType([EVENT_STREAM]) !== undefined,
    prefersEvents: best === EVENT_STREAM,
    acceptsMultipart: acceptsParts(accept, 'subscriptionspec', '1.0'),
  };
}

/** Negotiation proper compares all parameters, and clients add a boundary of their own wishes. */
function acceptsParts(accept: string | undefined, name: string, value: string): boolean {
  return (accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((piece) => piece.trim().toLowerCase());
    return type === 'multipart/mixed' && parameters.some((one) => one.replaceAll('"', '') === `${name}=${value}`);
  });
}

/** True for `application/json` with UTF-8 or nothing said about the encoding. */
export function isJsonContent(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return type === JSON_RESPONSE && (charset === undefined || ['utf-8', 'utf8', '"utf-8"'].includes(charset));
}
