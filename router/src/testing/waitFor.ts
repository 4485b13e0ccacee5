/** Looks again after every turn of the event loop until there is something: what is waited for happens in this process. */
export async function waitFor<Value>(find: () => Value | undefined | false): Promise<Value> {
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
