/**
 * A wake-up says that something about a topic has changed, and nothing else. It may be lost, repeated or merged:
 * whoever is woken reads the truth again. Topics are ids such as `execution.0199...`, without line breaks.
 */
export interface WakeUps {
  /**
   * Calls `wake` after every wake-up of the topic, and after every time in which wake-ups may have been missed (a lost
   * connection, say). `wake` does not throw and returns at once.
   * @returns a function that ends the listening
   */
  listen(topic: string, wake: () => void): () => void;

  /**
   * Wakes all listeners of the topics, in every process. Never rejects: a wake-up that cannot be handed over is lost,
   * which the listeners' slow re-reads make up for.
   */
  announce(topics: readonly string[]): Promise<void>;

  /**
   * Where the transport is the database: the wake-ups leave with the transaction's commit, and not at all when it
   * rolls back. Without it, they are announced after the commit.
   */
  readonly announceWithin?: (transaction: SqlExecutor, topics: readonly string[]) => Promise<void>;

  /** False while wake-ups may be missed. */
  isConnected(): boolean;

  close(): Promise<void>;
}

/** What a Prisma transaction offers for raw SQL. */
export interface SqlExecutor {
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
  $queryRawUnsafe<Rows = unknown>(sql: string, ...values: unknown[]): Promise<Rows>;
}
