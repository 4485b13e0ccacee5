/** Results as server-sent events, in the distinct connections mode of graphql-sse. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { EndReason, LiveAnswers } from '../live/liveAnswers.ts';
import type { OperationResult } from '../operations/operation.ts';
import type { ConnectionSettings } from '../settings.ts';
import { EVENT_STREAM } from './mediaTypes.ts';

export interface EventStreamOptions {
  readonly response: ServerResponse;
  /** Aborted by whoever ends the stream; aborted here when the client reads too slowly. */
  readonly controller: AbortController;
  readonly settings: ConnectionSettings;
  /** What is said at the end of the viewer's token. */
  readonly expired: () => OperationResult;
}

/** Writes answers until they end, each only when the client has taken the one before. */
export async function writeEventStream(
  answers: LiveAnswers,
  { response, controller, settings, expired }: EventStreamOptions,
): Promise<void> {
  response.writeHead(200, {
    'content-type': `${EVENT_STREAM}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, settings.keepAliveSeconds * 1000);
  try {
    for (;;) {
      const next = await answers.next();
      if (next.done) return end(response, next.value, expired);
      await write(response, event('next', next.value), controller, settings.slowConsumerSeconds);
    }
  } finally {
    clearInterval(heartbeat);
    await answers.return('client_disconnect');
    if (!response.writableEnded) response.destroy();
  }
}

/** A stream that ends because the router goes away says nothing, so that the client opens another one. */
function end(response: ServerResponse, reason: EndReason, expired: () => OperationResult): void {
  if (reason === 'token_expired') response.write(event('next', expired()));
  response.end(reason === 'server_close' ? '' : 'event: complete\ndata:\n\n');
}

function event(name: string, data: OperationResult): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function write(
  response: ServerResponse,
  text: string,
  controller: AbortController,
  slowConsumerSeconds: number,
): Promise<void> {
  if (response.write(text)) return;
  const giveUp = setTimeout(() => {
    controller.abort('slow_consumer');
    response.destroy();
  }, slowConsumerSeconds * 1000);
  try {
    await once(response, 'drain', { signal: controller.signal });
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    clearTimeout(giveUp);
  }
}
