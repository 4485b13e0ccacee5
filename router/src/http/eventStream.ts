/**
 * Results as server-sent events (graphql-sse, "Distinct connections mode"). The id of an event is the cursor of a feed:
 * a client that comes back with `Last-Event-ID` goes on behind it (HTML, "Server-sent events").
 */
import type { IncomingMessage } from 'node:http';
import { CURSOR } from '../live/liveAnswers.ts';
import type { LiveAnswer } from '../live/liveAnswers.ts';
import type { StreamFormat } from './answerStream.ts';
import { EVENT_STREAM } from './mediaTypes.ts';

export const eventStream: StreamFormat = {
  headers: { 'content-type': `${EVENT_STREAM}; charset=utf-8` },
  opening: '',
  heartbeat: ':\n\n',
  answer: (answer) => `${eventId(answer)}${event('next', answer)}`,
  // A stream that ends because the router goes away says nothing, so that the client opens another one.
  ending: (reason, farewell) =>
    reason === 'server_close' ? '' : `${farewell ? event('next', farewell) : ''}${event('complete')}`,
};

/** @param data without it, the event is empty */
export function event(name: string, data?: object): string {
  return `event: ${name}\ndata:${data === undefined ? '' : ` ${JSON.stringify(data)}`}\n\n`;
}

/** Visible ASCII: what is safe in a line of the stream and comes back unchanged in a header. */
const ID = /^[\x21-\x7e]{1,1024}$/;

function eventId({ [CURSOR]: cursor }: LiveAnswer): string {
  return cursor !== undefined && ID.test(cursor) ? `id: ${cursor}\n` : '';
}

/** Where a client that comes back left off; undefined for one that is new. */
export function lastEventId({ headers }: IncomingMessage): string | undefined {
  const given = headers['last-event-id'];
  return typeof given === 'string' && ID.test(given) ? given : undefined;
}
