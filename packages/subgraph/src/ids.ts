const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the form of our ids. What has not names nothing, and is never sent to the database. */
export function isId(text: string): boolean {
  return uuid.test(text);
}
