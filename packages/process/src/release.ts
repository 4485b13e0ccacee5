/**
 * Releases what a process has acquired, last first, even when one release fails.
 * @throws AggregateError with every failure
 */
export class Releases {
  readonly #releases: (() => Promise<unknown>)[] = [];

  /** @returns `resource`, to be released by `release` */
  add<Resource>(resource: Resource, release: (resource: Resource) => Promise<unknown>): Resource {
    this.#releases.push(() => release(resource));
    return resource;
  }

  async releaseAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#releases.splice(0).reverse()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Not everything was released.');
  }
}
