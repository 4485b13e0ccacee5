import type { WakeUps } from '@opsconductor/events';

export interface MemoryWakeUps extends WakeUps {
  /** Topics with listeners, once per listener, but for those that say that a token is revoked. */
  readonly topics: readonly string[];
  isUp: boolean;
}

/** Wake-ups inside one process. */
export function createMemoryWakeUps(): MemoryWakeUps {
  const listeners: { topic: string; wake: () => void }[] = [];
  return {
    isUp: true,
    get topics() {
      return listeners.map(({ topic }) => topic).filter((topic) => !/^(session|principal)\./.test(topic));
    },
    listen(topic, wake) {
      const listener = { topic, wake };
      listeners.push(listener);
      return () => void listeners.splice(listeners.indexOf(listener), 1);
    },
    async announce(topics) {
      for (const { topic, wake } of [...listeners]) if (topics.includes(topic)) wake();
    },
    isConnected() {
      return this.isUp;
    },
    close: async () => undefined,
  };
}
