/** What jest-circus keeps about the running test file; nothing outside Jest. */
interface CircusState {
  readonly rootDescribeBlock: DescribeBlock;
}

interface DescribeBlock {
  readonly children: readonly (({ readonly type: 'describeBlock' } & DescribeBlock) | TestEntry)[];
}

interface TestEntry {
  readonly type: 'test';
  readonly errors: readonly unknown[];
}

/** The path of the test file, undefined outside Jest. */
export function currentTestFile(): string | undefined {
  const { expect } = globalThis as { expect?: { getState?: () => { testPath?: string } } };
  return expect?.getState?.().testPath;
}

/** Whether a test of the current file failed so far. Jest has no public way to ask; without an answer it is false. */
export function hasFailedTest(): boolean {
  const symbol = Object.getOwnPropertySymbols(globalThis).find(
    ({ description }) => description === 'JEST_STATE_SYMBOL',
  );
  const state = symbol && (globalThis as unknown as Record<symbol, CircusState | undefined>)[symbol];
  return state ? hasFailure(state.rootDescribeBlock) : false;
}

function hasFailure(block: DescribeBlock): boolean {
  return block.children.some((child) => (child.type === 'test' ? child.errors.length > 0 : hasFailure(child)));
}
