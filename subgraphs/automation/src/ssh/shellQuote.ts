/**
 * Quotes a text as one word of the POSIX shell (XCU 2.2.2, single quotes): what the shell reads is exactly the text.
 * A NUL cannot be carried by any shell word; callers refuse it before.
 */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
