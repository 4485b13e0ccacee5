import { untilAborted } from '../deadline.ts';

/**
 * Lets equal reads that are wanted at the same time be done once. A read may be joined only by those who were woken
 * before it began: one that began earlier may not have seen what they were woken for.
 */
export class SharedReads<Result> {
  readonly #inFlight = new Map<string, Flight<Result>>();
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
    const running = this.#inFlight.get(key);
    const isJoinable = running !== undefined && running.begunAt > wokenAt && !running.controller.signal.aborted;
    const flight = isJoinable ? running : this.#begin(key, start);
    this.#onRead(isJoinable ? 'shared' : 'done');
    flight.readers += 1;
    try {
      return await untilAborted(flight.result, signal);
    } finally {
      flight.readers -= 1;
      if (flight.readers === 0) flight.controller.abort();
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<Result>): Flight<Result> {
    const begunAt = this.stamp();
    const controller = new AbortController();
    const result = start(controller.signal).finally(() => {
      if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key);
    });
    const flight: Flight<Result> = { begunAt, controller, result, readers: 0 };
    this.#inFlight.set(key, flight);
    return flight;
  }
}

interface Flight<Result> {
  readonly begunAt: number;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
  readers: number;
}
