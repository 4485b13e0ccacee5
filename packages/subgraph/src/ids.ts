const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of our ids. What has not names nothing, and is never sent to the database. */
export function isId(text: string): boolean {
  return uuid.test(text);
}

/** An id as it is stored: upper case means the same (RFC 9562, section 4). @returns undefined when it has not the form of one */
export function readId(text: string): string | undefined {
  return isId(text) ? text.toLowerCase() : undefined;
}
