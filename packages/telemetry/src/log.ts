import { pino } from 'pino';
import type { Logger } from 'pino';

export type Log = Logger;

/**
 * Structured JSON log of one part of the platform. Events are dotted past tense (`execution.claimed`) with fields.
 * @param part such as `router`, in every line as `part`
 * @param destination a file's path, made readable by its owner only; standard output when absent
 */
export function createLog(part: string, { level = 'info', destination }: LogOptions = {}): Log {
  const options = {
    level,
    base: { part, pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: [
      'password',
      '*.password',
      'secret',
      '*.secret',
      'accessToken',
      'authorization',
      'privateKey',
      'passphrase',
    ],
  };
  return destination
    ? pino(options, pino.destination({ dest: destination, mkdir: true, sync: true, mode: 0o600 }))
    : pino(options);
}

export interface LogOptions {
  readonly level?: string;
  readonly destination?: string | undefined;
}
