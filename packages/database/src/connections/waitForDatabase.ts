import { setTimeout as delay } from 'node:timers/promises';
import { StartupFault } from '@opsconductor/process';
import { describeUrl, parseUrl } from './connectionUrl.ts';
import { withClient } from './pool.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
const ATTEMPT_LIMIT_SECONDS = 5;

/** What retrying does not change, by SQLSTATE. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'PostgreSQL refuses the password. Check user and password.',
  '28000': 'PostgreSQL refuses this user. Check the user, its right to log in, and pg_hba.conf.',
  '3D000': 'There is no such database. Create it, or correct the name.',
  '42501': 'This user may not connect. Grant it CONNECT on the database.',
};

export interface WaitOptions {
  /** How long the server may take to answer. Wrong names and passwords are reported at once. */
  readonly timeoutSeconds?: number;
  /** The setting that the URL came from, for the sentence. */
  readonly variable?: string;
  readonly signal?: AbortSignal;
}

/**
 * Resolves when a query on the database is answered.
 * @throws StartupFault that says what is wrong with `variable`; it holds no password
 */
export async function waitForDatabase(url: string, options: WaitOptions = {}): Promise<void> {
  const { timeoutSeconds = 30, variable = 'DATABASE_URL', signal } = options;
  const place = describeUrl(parseUrl(url, variable));
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const error = await findConnectionError(url, deadline);
    if (error === undefined) return;
    const refusal = refusalOf(error);
    if (refusal) throw new StartupFault(`${variable} leads to ${place}. ${refusal}`, { cause: error });
    if (Date.now() + pauseMs > deadline) {
      const reason = `It does not answer (${reasonOf(error)}). Start that server, or correct ${variable}.`;
      throw new StartupFault(`${variable} leads to ${place}. ${reason}`, { cause: error });
    }
    await delay(pauseMs, undefined, signal ? { signal } : {});
  }
}

async function findConnectionError(url: string, deadline: number): Promise<unknown> {
  const left = Math.max(0.1, (deadline - Date.now()) / 1000);
  const limits = { connectSeconds: Math.min(ATTEMPT_LIMIT_SECONDS, left) };
  try {
    await withClient({ url, applicationName: 'opsconductor', limits }, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return error ?? new Error('unknown');
  }
}

function refusalOf(error: unknown): string | undefined {
  const { code = '', message } = error as { code?: string; message?: string };
  if (code in REFUSALS) return REFUSALS[code];
  if (/SSL|TLS|certificate/i.test(message ?? '')) return `Its TLS does not fit: ${message}. Check sslmode in the URL.`;
  if (/SASL|password must be a string/.test(message ?? '')) return REFUSALS['28P01'];
  return undefined;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'no reason given';
}
