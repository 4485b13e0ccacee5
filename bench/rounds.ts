export interface Contender<Figure extends string> {
  readonly name: string;
  measure(): Promise<Readonly<Record<Figure, number>>>;
}

export interface Rounds {
  readonly rounds: number;
  /** No round begins that would end after it, judged by the longest one so far. */
  readonly budgetSeconds: number;
}

export interface Result<Figure extends string> {
  readonly name: string;
  /** Medians over the rounds. */
  readonly figures: Readonly<Record<Figure, number>>;
  readonly rounds: number;
}

/**
 * Measures one contender after the other, then all again (A B C A B C ...): what else the machine does hits all alike.
 * Every round begins with another contender. @returns results in the order of the contenders
 */
export async function measureInRounds<Figure extends string>(
  contenders: readonly Contender<Figure>[],
  { rounds, budgetSeconds }: Rounds,
): Promise<Result<Figure>[]> {
  const begunAt = performance.now();
  const measured = contenders.map((): Readonly<Record<Figure, number>>[] => []);
  let longest = 0;
  for (let round = 0; round < rounds; round += 1) {
    const roundBegunAt = performance.now();
    if ((roundBegunAt - begunAt + longest) / 1_000 > budgetSeconds && round > 0) break;
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const index = (round + turn) % contenders.length;
      const figures = await contenders[index]?.measure();
      if (figures) measured[index]?.push(figures);
    }
    longest = Math.max(longest, performance.now() - roundBegunAt);
  }
  return contenders.map(({ name }, index) => {
    const all = measured[index] ?? [];
    return { name, figures: medians(all), rounds: all.length };
  });
}

function medians<Figure extends string>(all: readonly Readonly<Record<Figure, number>>[]): Record<Figure, number> {
  const names = Object.keys(all[0] ?? {}) as Figure[];
  return Object.fromEntries(names.map((name) => [name, median(all.map((figures) => figures[name]))])) as Record<
    Figure,
    number
  >;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
