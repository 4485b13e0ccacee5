/** The listeners of one process by topic. A listener that throws does not keep others from being woken. */
export class TopicListeners {
  readonly #byTopic = new Map<string, Set<() => void>>();
  readonly #onFault: (error: unknown) => void;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** @returns true when this is the topic's first listener */
  add(topic: string, wake: () => void): boolean {
    const listeners = this.#byTopic.get(topic);
    if (listeners) {
      listeners.add(wake);
      return false;
    }
    this.#byTopic.set(topic, new Set([wake]));
    return true;
  }

  /** @returns true when this was the topic's last listener */
  remove(topic: string, wake: () => void): boolean {
    const listeners = this.#byTopic.get(topic);
    if (!listeners?.delete(wake) || listeners.size > 0) return false;
    this.#byTopic.delete(topic);
    return true;
  }

  wake(topic: string): void {
    for (const wake of [...(this.#byTopic.get(topic) ?? [])]) {
      try {
        wake();
      } catch (error) {
        this.#onFault(error);
      }
    }
  }

  /** For times in which wake-ups may have been missed. */
  wakeAll(): void {
    for (const topic of [...this.#byTopic.keys()]) this.wake(topic);
  }

  get topics(): string[] {
    return [...this.#byTopic.keys()];
  }
}
