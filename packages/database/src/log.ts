/** What this package needs of a logger; pino's fits. */
export interface Log {
  readonly debug: (fields: object, event: string) => void;
  readonly info: (fields: object, event: string) => void;
  readonly warn: (fields: object, event: string) => void;
  readonly error: (fields: object, event: string) => void;
}
