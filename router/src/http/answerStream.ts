import type { ServerResponse } from 'node:http';
import type { EndReason, LiveAnswer, LiveAnswers } from '../live/liveAnswers.ts';
import type { OperationResult } from '../operations/operation.ts';
import type { ConnectionSettings } from '../settings.ts';
import { Outlet } from './outlet.ts';

/** How answers that follow each other are written into one HTTP response. */
export interface StreamFormat {
  readonly headers: Readonly<Record<string, string>>;
  /** Written at once, before the first answer. */
  readonly opening: string;
  readonly heartbeat: string;
  answer(answer: LiveAnswer): string;
  /** @param farewell what a client is told whose subscription is ended from this side */
  ending(reason: EndReason, farewell: OperationResult | undefined): string;
}

export interface AnswerStreamOptions {
  readonly response: ServerResponse;
  /** Aborted by whoever ends the stream; aborted here when the client reads too slowly. */
  readonly controller: AbortController;
  readonly settings: ConnectionSettings;
  readonly farewell: (reason: EndReason) => OperationResult | undefined;
}

/** Writes answers until they end, each only when the client has taken the one before. */
export async function writeAnswerStream(
  answers: LiveAnswers,
  format: StreamFormat,
  { response, controller, settings, farewell }: AnswerStreamOptions,
): Promise<void> {
  response.writeHead(200, { ...format.headers, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  if (format.opening === '') response.flushHeaders();
  else response.write(format.opening);
  const outlet = new Outlet(response, settings.slowConsumerSeconds, () => controller.abort('slow_consumer'));
  const heartbeat = setInterval(() => outlet.beat(format.heartbeat), settings.keepAliveSeconds * 1000);
  try {
    for (;;) {
      const next = await answers.next();
      if (next.done) return await outlet.end(format.ending(next.value, farewell(next.value)));
      await outlet.write(format.answer(next.value));
    }
  } finally {
    clearInterval(heartbeat);
    await answers.return('client_disconnect');
    if (!response.writableEnded) response.destroy();
  }
}
