/** The first tick strictly after an instant; undefined when there is none. Throws what the calculation throws. */
export type NextTick = (after: Date) => Date | undefined;

/** The timing makes no sense, or takes too long to calculate. The message is for the person who wrote it. */
export class InvalidTiming extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvalidTiming';
  }
}
