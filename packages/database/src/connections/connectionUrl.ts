import { StartupFault } from '@opsconductor/process';

/**
 * Parses a `postgresql://` URL.
 * @param variable the setting it came from, for the sentence
 * @throws StartupFault that never holds the URL, as it may hold a password
 */
export function parseUrl(url: string, variable = 'DATABASE_URL'): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^postgres(ql)?:$/.test(parsed.protocol) && parsed.pathname.length > 1 && isDecodable(parsed))
    return parsed;
  throw new StartupFault(
    `${variable} is not a PostgreSQL URL. Write it as postgresql://user:password@host:5432/database, with special ` +
      `characters of the password percent-encoded.`,
  );
}

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    return [username, password, pathname].every((part) => typeof decodeURIComponent(part) === 'string');
  } catch {
    return false;
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = parseUrl(url);
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.href;
}

/** Where a URL leads, without its password: `database "x" at host:5432 as user "y"`. */
export function describeUrl(url: URL): string {
  const host = `${url.hostname || url.searchParams.get('host') || 'localhost'}:${url.port || 5432}`;
  return `database "${databaseOf(url)}" at ${host} as user "${decodeURIComponent(url.username)}"`;
}

export function databaseOf(url: URL): string {
  return decodeURIComponent(url.pathname.slice(1));
}
