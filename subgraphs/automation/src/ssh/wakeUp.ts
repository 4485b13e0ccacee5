/** Lets one loop sleep until something has happened. What happens while it is awake is not forgotten. */
export class WakeUp {
  #isDue = false;
  #wake: (() => void) | undefined;

  readonly notify = (): void => {
    this.#isDue = true;
    this.#wake?.();
  };

  /** Resolves at the next {@link notify} since the last wait, or after `ms`. */
  async wait(ms = Infinity): Promise<void> {
    if (!this.#isDue) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (ms < Infinity) timer = setTimeout(resolve, Math.max(0, ms));
      });
      clearTimeout(timer);
      this.#wake = undefined;
    }
    this.#isDue = false;
  }
}
