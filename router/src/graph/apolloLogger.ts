import type { Log } from '@opsconductor/telemetry';

/** Apollo's loggers take one message; its `info` is of no interest to an operator. */
export function asApolloLogger(log: Log) {
  const write = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({ reason: String(message) }, 'apollo.said');
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') };
}
