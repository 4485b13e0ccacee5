/**
 * Results as parts of one `multipart/mixed` response, as Apollo Client reads them: subscriptions
 * (`subscriptionSpec=1.0`, https://www.apollographql.com/docs/router/executing-operations/subscription-multipart-protocol)
 * and answers that come in pieces (`deferSpec=20220824`).
 */
import type { StreamFormat } from './answerStream.ts';

const BOUNDARY = 'graphql';

/** A part ends with the boundary of the next: a client has it whole without waiting for what follows. */
function part(value: unknown): string {
  return `content-type: application/json\r\n\r\n${JSON.stringify(value)}\r\n--${BOUNDARY}`;
}

const OPENING = `\r\n--${BOUNDARY}`;
const CLOSING = '--\r\n';

function headersFor(spec: string): StreamFormat['headers'] {
  return { 'content-type': `multipart/mixed;boundary="${BOUNDARY}";${spec}` };
}

export const multipartSubscription: StreamFormat = {
  headers: headersFor('subscriptionSpec=1.0'),
  opening: OPENING,
  heartbeat: `\r\n${part({})}`,
  answer: (answer) => `\r\n${part({ payload: answer })}`,
  ending: (_reason, farewell) =>
    `${farewell ? `\r\n${part({ payload: null, errors: farewell.errors })}` : ''}${CLOSING}`,
};

/** Each answer says in `hasNext` whether another one follows. */
export const multipartIncremental: StreamFormat = {
  headers: headersFor('deferSpec=20220824'),
  opening: OPENING,
  heartbeat: `\r\n${part({ hasNext: true })}`,
  answer: (answer) => `\r\n${part(answer)}`,
  ending: (_reason, farewell) =>
    `${farewell ? `\r\n${part({ errors: farewell.errors, hasNext: false })}` : ''}${CLOSING}`,
};
