/**
 * Results of subscriptions as parts of one `multipart/mixed` response, as Apollo Client reads them
 * (`subscriptionSpec=1.0`, https://www.apollographql.com/docs/router/executing-operations/subscription-multipart-protocol).
 */
import type { StreamFormat } from './answerStream.ts';

const BOUNDARY = 'graphql';

/** A part ends with the boundary of the next: a client has it whole without waiting for what follows. */
function part(value: unknown): string {
  return `content-type: application/json\r\n\r\n${JSON.stringify(value)}\r\n--${BOUNDARY}`;
}

const OPENING = `\r\n--${BOUNDARY}`;
const CLOSING = '--\r\n';

export const multipartSubscription: StreamFormat = {
  headers: { 'content-type': `multipart/mixed;boundary="${BOUNDARY}";subscriptionSpec=1.0` },
  opening: OPENING,
  heartbeat: `\r\n${part({})}`,
  answer: (answer) => `\r\n${part({ payload: answer })}`,
  ending: (_reason, farewell) =>
    `${farewell ? `\r\n${part({ payload: null, errors: farewell.errors })}` : ''}${CLOSING}`,
};
