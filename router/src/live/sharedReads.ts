import { LRUCache } from 'lru-cache';
import { untilAborted } from '../deadline.ts';

/** Subscriptions that one change wakes do not all read in the same moment: what was read stays for the late ones. */
const KEPT_MS = 1_000;
const KEPT_READS = 256;

/**
 * Lets equal reads that are wanted at the same time be done once. A read may be joined only by those who were woken
 * before it began: one that began earlier may not have seen what they were woken for.
 */
export class SharedReads<Result> {
  readonly #inFlight = new Map<string, Flight<Result>>();
  readonly #done = new LRUCache<string, Flight<Result>>({ max: KEPT_READS, ttl: KEPT_MS });
  readonly #onRead: (kind: 'done' | 'shared') => void;
  #stamp = 0;

  constructor(onRead: (kind: 'done' | 'shared') => void = () => undefined) {
    this.#onRead = onRead;
  }

  /** A mark in time: greater than all marks before it. */
  stamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  /**
   * @param key equal for reads whose results are interchangeable
   * @param wokenAt stamp of the moment from which on the result must hold
   * @param signal when this one does not want the result any more; the read is aborted when nobody does
   */
  async read(
    key: string,
    wokenAt: number,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const running = this.#inFlight.get(key) ?? this.#done.get(key);
    const isJoinable = running !== undefined && running.begunAt > wokenAt && !running.controller.signal.aborted;
    const flight = isJoinable ? running : this.#begin(key, start);
    this.#onRead(isJoinable ? 'shared' : 'done');
    flight.readers += 1;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.readers -= 1;
      if (flight.readers === 0 && !flight.isDone) flight.controller.abort();
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const begunAt = this.stamp();
    const controller = new AbortController();
    const result = start(controller.signal).then(
      (value) => {
        this.#end(key, flight);
        if (!controller.signal.aborted) this.#done.set(key, flight);
        return value;
      },
      (error: unknown) => {
        this.#end(key, flight);
        throw error;
      },
    );
    const flight: Flight<Result> = { begunAt, controller, result, readers: 0, isDone: false };
    this.#inFlight.set(key, flight);
    return flight;
  }

  #end(key: string, flight: Flight<Result>): void {
    flight.isDone = true;
    if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key);
  }
}

interface Flight<Result> {
  readonly begunAt: number;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  readers: number;
  isDone: boolean;
}
