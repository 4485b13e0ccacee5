import { BadUserInput } from '@opsconductor/subgraph';
import pLimit from 'p-limit';

const STARTS_LIMIT = 500;
/** Each is a transaction; a pool has a few connections. */
const AT_ONCE = 4;

/**
 * Starts many, each by itself: one that is refused holds up no other.
 * @throws {BadUserInput} when there are too many of them: nothing was started
 */
export async function startEach<Input, Result>(
  inputs: readonly Input[],
  start: (input: Input) => Promise<Result>,
): Promise<Result[]> {
  if (inputs.length > STARTS_LIMIT) throw new BadUserInput(`At most ${STARTS_LIMIT} starts are taken at once.`);
  const limit = pLimit(AT_ONCE);
  return Promise.all(inputs.map((input) => limit(() => start(input))));
}
