import type { IncomingMessage } from 'node:http';
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
  /** Reads them as one answer in pieces (`deferSpec=20220824`). */
  readonly acceptsDeferred: boolean;
}

export function acceptedTypes({ headers }: IncomingMessage): AcceptedTypes {
  const negotiator = new Negotiator({ headers: { accept: headers.accept } });
  const json = negotiator.mediaType([GRAPHQL_RESPONSE, JSON_RESPONSE]) as JsonMediaType | undefined;
  const best = negotiator.mediaType([GRAPHQL_RESPONSE, JSON_RESPONSE, EVENT_STREAM]);
  return {
    json,
    acceptsEvents: negotiator.mediaType([EVENT_STREAM]) !== undefined,
    prefersEvents: best === EVENT_STREAM,
    acceptsMultipart: acceptsParts(headers.accept, 'subscriptionspec', '1.0'),
    acceptsDeferred: acceptsParts(headers.accept, 'deferspec', '20220824'),
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
