/** Tells a person what takes time, one line each. */
export interface Progress {
  /** Runs a step under a line of its own. */
  step<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
}

/** Progress lines on standard output: `Starting PostgreSQL ... done (1.2 s)`. */
export const printedProgress: Progress = {
  async step(title, work) {
    const started = performance.now();
    process.stdout.write(`${title} ...`);
    try {
      const result = await work();
      process.stdout.write(` done (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
      return result;
    } catch (error) {
      process.stdout.write(' failed\n');
      throw error;
    }
  },
};
