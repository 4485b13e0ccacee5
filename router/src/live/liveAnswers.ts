/**
 * The life of one subscription, pulled by its transport: nothing is read before the client has taken what was read
 * before. The states and what always holds are in SPEC.md.
 */
import type { WakeUps } from '@opsconductor/events';
import type { OperationResult } from '../operations/operation.ts';
import type { LiveSettings } from '../settings.ts';
import type { Clock } from './clock.ts';
import type { Reader } from './reader.ts';
import { WakeFlag, pause } from './wakeFlag.ts';

/** Why a subscription came to its end. */
export type EndReason =
  /** The client has said that it has enough. */
  | 'completed'
  | 'client_disconnect'
  | 'protocol_violation'
  | 'server_close'
  | 'slow_consumer'
  | 'token_expired'
  /** The session has ended, or its user may not do any more what the token says. */
  | 'revoked'
  /** The viewer may not have it, or the request is wrong. */
  | 'refused'
  | 'failed';

/** Key of an answer's cursor. A symbol, so that it is in no JSON. */
export const CURSOR = Symbol('cursor');

export interface LiveAnswer extends OperationResult {
  /** Of a feed: a client that gives it when it comes back goes on behind this answer. */
  readonly [CURSOR]?: string;
}

/** Answers until the end; the return value says why it ended. */
export type LiveAnswers = AsyncGenerator<LiveAnswer, EndReason, void>;

export interface LiveOptions {
  /** What wakes it, asked before each read: another supergraph may say otherwise. */
  readonly topic: () => string;
  readonly wakeUps: Pick<WakeUps, 'listen'>;
  /** Calls when everything has to be read again. @returns ends that */
  readonly onReload: (wake: () => void) => () => void;
  readonly reader: Reader;
  /** Marks in time, shared with the reader. */
  readonly stamp: () => number;
  /** When the viewer's token lapses, in milliseconds since the epoch; infinity for a viewer without one. */
  readonly expiresAt: number;
  /** Ends the subscription; its reason is the end's. */
  readonly signal: AbortSignal;
  readonly settings: LiveSettings;
  /** Least time between two reads that the client wants; the settings' own is the least of all. */
  readonly throttleMs?: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** First pause after a failed read; each further one is twice as long, up to the backstop. */
const FIRST_RETRY_MS = 1_000;

export async function* liveAnswers(options: LiveOptions): LiveAnswers {
  const { topic, wakeUps, reader, stamp, expiresAt, signal, settings, throttleMs = 0, clock, random } = options;
  const intervalMs = Math.max(settings.pushIntervalMs, throttleMs);
  // Spread, so that subscriptions that were opened together are not read together for ever.
  const backstopMs = settings.backstopSeconds * 1000 * (0.9 + 0.2 * random());
  const ended = (): EndReason | undefined =>
    signal.aborted ? reasonOf(signal) : clock.now() >= expiresAt ? 'token_expired' : undefined;
  let failures = 0;
  let readAt = -Infinity;
  // Listening begins before the first read: a change between the two would be seen by neither.
  const flag = new WakeFlag(stamp, clock);
  const wake = (): void => flag.raise();
  let heard = topic();
  let stopListening = wakeUps.listen(heard, wake);
  const stopReloads = options.onReload(wake);
  try {
    for (;;) {
      const retryMs = failures > 0 ? FIRST_RETRY_MS * 2 ** (failures - 1) : backstopMs;
      await flag.wait(Math.min(backstopMs, retryMs, expiresAt - clock.now()), signal);
      await pause(Math.min(readAt + intervalMs, expiresAt) - clock.now(), signal, clock);
      readAt = clock.now();
      const wokenAt = flag.lower();
      if (topic() !== heard) {
        stopListening();
        stopListening = wakeUps.listen((heard = topic()), wake);
      }
      for (let hasMore = true; hasMore;) {
        const reason = ended();
        if (reason) return reason;
        const reading = await reader(wokenAt);
        if (reading.answer && !signal.aborted) yield reading.answer;
        if (reading.isRefused) return 'refused';
        failures = reading.hasFailed ? failures + 1 : 0;
        ({ hasMore } = reading);
      }
    }
  } catch (error) {
    if (signal.aborted) return reasonOf(signal);
    throw error;
  } finally {
    stopListening();
    stopReloads();
  }
}

const reasons: ReadonlySet<unknown> = new Set<EndReason>([
  'completed',
  'protocol_violation',
  'server_close',
  'slow_consumer',
  'token_expired',
  'revoked',
]);

/** The reason that a signal was aborted with. Without one of ours, the client has left. */
export function reasonOf({ reason }: AbortSignal): EndReason {
  return reasons.has(reason) ? (reason as EndReason) : 'client_disconnect';
}
