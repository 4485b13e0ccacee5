/** The data of the subgraphs: made from numbers, so that they are the same in every process and every run. */
export function countOf<Row>(count: number, make: (index: number) => Row): Row[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** The row whose id ends in its number, such as `user-7`. */
export function at<Row>(rows: readonly Row[], id: string): Row | null {
  return rows[numberIn(id)] ?? null;
}

export function numberIn(id: string): number {
  return Number(/\d+$/.exec(id)?.[0]);
}
