import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import { writeNews } from '../engine/journal.ts';
import type { News } from '../engine/journal.ts';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';

const admin = viewerWith();
let world: AutomationWorld;

beforeAll(async () => void (world = await createWorld()));
afterAll(() => world.close());

interface Started {
  readonly executionId: string;
  readonly tasks: readonly string[];
  print(task: number, text: string, stream?: 'STDOUT' | 'STDERR'): Promise<void>;
}

/** An execution whose tasks are running, held by the test in the place of an executor. */
async function startRunning(count: number): Promise<Started> {
  const nowhere = { address: '', port: 1, username: '', authentication: { kind: 'password', password: 'x' } } as const;
  const targetIds = Array.from({ length: count }, (_, index) => world.fleet.add(`t${index}`, nowhere));
  const document =
    'mutation ($input: StartExecutionInput!) { startExecution(input: $input) { ... on ExecutionStarted { execution { id } } } }';
  const started = await world.execute(admin, document, { input: { command: 'true', selection: { targetIds } } });
  const executionId = started.data.startExecution.execution.id as string;
  const rows = await world.prisma.task.findMany({ where: { executionId }, orderBy: { targetName: 'asc' } });
  const fence = randomUUID();
  await world.prisma.task.updateMany({ where: { executionId }, data: { fence, status: 'RUNNING' } });
  const tasks = rows.map(({ id }) => id);
  const printed = tasks.map(() => 0);
  return {
    executionId,
    tasks,
    async print(task, text, stream = 'STDOUT') {
      const news: News = { taskId: tasks[task] ?? '', fence, kind: 'output', index: printed[task] ?? 0, stream, text };
      printed[task] = (printed[task] ?? 0) + 1;
      expect((await writeNews(world.transact, executionId, [news], new Date())).isAccepted).toEqual([true]);
    },
  };
}

const query = async (document: string, variables: TestData): Promise<TestData> => {
  const { data, errors } = await world.execute(admin, document, variables);
  return errors ? errors.map(({ extensions }) => extensions.code) : Object.values(data as object)[0];
};

const windowOf = (executionId: string, taskId: string, fromLine: number, count: number) =>
  query(
    'query ($e: ID!, $t: ID!, $from: Int!, $count: Int!) { outputWindow(executionId: $e, taskId: $t, fromLine: $from, count: $count) { lineCount byteCount lines { number stream text isCut } } }',
    { e: executionId, t: taskId, from: fromLine, count },
  );
const textsOf = ({ lines }: TestData) => lines.map(({ number, text }: TestData) => `${number} ${text}`);

describe('a window of lines', () => {
  test('shows lines from any one on, whatever the chunks are that they came in', async () => {
    const { executionId, tasks, print } = await startRunning(1);
    for (const text of ['zero\non', 'e', '\ntwo\n', '\nfour\nfi', 've']) await print(0, text);
    const task = tasks[0] ?? '';
    const all = ['0 zero', '1 one', '2 two', '3 ', '4 four', '5 five'];
    for (let from = 0; from <= 6; from += 1)
      for (let count = 1; count <= 6; count += 1)
        expect(textsOf(await windowOf(executionId, task, from, count))).toEqual(all.slice(from, from + count));
    expect(await windowOf(executionId, task, 0, 1)).toMatchObject({ lineCount: 6, byteCount: 23 });
    await print(0, '\n', 'STDERR');
    expect(await windowOf(executionId, task, 6, 5)).toMatchObject({ lineCount: 6, lines: [] });
  });

  test('reads as much of half a million lines as of few, and never half a line', async () => {
    const { executionId, tasks, print } = await startRunning(1);
    const task = tasks[0] ?? '';
    const lines = (from: number) => Array.from({ length: 10_000 }, (_, index) => `line ${from + index}\n`).join('');
    for (let from = 0; from < 500_000; from += 10_000) await print(0, lines(from));
    const took: number[] = [];
    for (const from of [0, 250_000, 499_900]) {
      const started = performance.now();
      const { lines: shown, lineCount } = await windowOf(executionId, task, from, 100);
      took.push(performance.now() - started);
      expect(lineCount).toBe(500_000);
      expect(shown.map(({ text }: TestData) => text)).toEqual(
        Array.from({ length: 100 }, (_, index) => `line ${from + index}`),
      );
    }
    expect(Math.max(...took)).toBeLessThan(1_000);
    await print(0, 'x'.repeat(3_000_000));
    const [long] = (await windowOf(executionId, task, 500_000, 10)).lines;
    expect(long).toMatchObject({ number: 500_000, isCut: true });
  }, 120_000);

  test('of another execution, or of nothing, there is none; and its bounds are kept', async () => {
    const [one, other] = [await startRunning(1), await startRunning(1)];
    expect(await windowOf(one.executionId, other.tasks[0] ?? '', 0, 1)).toBeNull();
    expect(await windowOf('x', 'y', 0, 1)).toBeNull();
    for (const [from, count] of [
      [-1, 1],
      [0, 0],
      [0, 1001],
      [2_100_000_000, 1],
    ] as const)
      expect(await windowOf(one.executionId, one.tasks[0] ?? '', from, count)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('folding', () => {
  const groupsOf = (executionId: string, after: string | null = null, first = 50) =>
    query(
      'query ($e: ID!, $after: String, $first: Int) { outputGroups(executionId: $e, after: $after, first: $first) { nodes { count lineCount status sample { output } tasks { targetName } } pageInfo { hasNextPage endCursor } } }',
      { e: executionId, after, first },
    );

  test('targets that print the same are one group while they run, however it arrives', async () => {
    const { executionId, print } = await startRunning(3);
    await print(0, 'up\nok\n');
    await print(1, 'up\n');
    await print(1, 'ok\n');
    await print(2, 'down\n');
    const { nodes } = await groupsOf(executionId);
    expect(nodes).toMatchObject([
      {
        count: 2,
        lineCount: 2,
        status: 'RUNNING',
        sample: { output: 'up\nok\n' },
        tasks: [{ targetName: 't0' }, { targetName: 't1' }],
      },
      { count: 1, sample: { output: 'down\n' }, tasks: [{ targetName: 't2' }] },
    ]);
    await print(1, 'more\n');
    expect((await groupsOf(executionId)).nodes.map(({ count }: TestData) => count)).toEqual([1, 1, 1]);
  });

  test('groups are paged, each once', async () => {
    const { executionId, print } = await startRunning(5);
    for (const task of [0, 1, 2, 3, 4]) await print(task, `${Math.min(task, 3)}\n`);
    const samples: string[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo } = await groupsOf(executionId, after, 1);
      samples.push(...nodes.map(({ count, sample }: TestData) => `${count}x${String(sample.output).trim()}`));
      after = pageInfo.endCursor as string;
      if (!pageInfo.hasNextPage) break;
    }
    expect(samples.sort()).toEqual(['1x0', '1x1', '1x2', '2x3']);
    expect(await groupsOf(executionId, 'WyJhIl0')).toEqual(['BAD_USER_INPUT']);
  });
});

describe('search', () => {
  const search = (executionId: string, text: string, after: string | null = null, first = 50) =>
    query(
      'query ($e: ID!, $text: String!, $after: String, $first: Int) { outputSearch(executionId: $e, text: $text, after: $after, first: $first) { nodes { line text task { targetName } } pageInfo { hasNextPage endCursor } } }',
      { e: executionId, text, after, first },
    );

  test('finds lines by a text, in pages that neither lose nor repeat one', async () => {
    const { executionId, print } = await startRunning(2);
    await print(0, 'Error 1\nfine\nerror 2\n');
    await print(1, 'error 3\nerror 4\n');
    await print(0, '100% ERROR_5\n');
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo } = await search(executionId, 'error', after, 1);
      found.push(...nodes.map(({ line, text, task }: TestData) => `${task.targetName}:${line} ${text}`));
      after = pageInfo.endCursor as string;
      if (!pageInfo.hasNextPage) break;
    }
    expect(found).toEqual(['t0:0 Error 1', 't0:2 error 2', 't1:0 error 3', 't1:1 error 4', 't0:3 100% ERROR_5']);
    expect((await search(executionId, '% ')).nodes).toHaveLength(1);
    expect((await search(executionId, '_5')).nodes).toHaveLength(1);
    for (const text of ['', ' ', 'a\nb', 'a\0', 'x'.repeat(201)])
      expect(await search(executionId, text)).toEqual(['BAD_USER_INPUT']);
  });
});

describe('the feed', () => {
  const feed = (executionId: string, filter: TestData = null, after: string | null = null) =>
    query(
      'query ($e: ID!, $filter: ExecutionEventFilter, $after: String) { executionEvents(executionId: $e, filter: $filter, after: $after, first: 500) { nodes { sequence __typename ... on TaskOutput { text } } pageInfo { hasNextPage endCursor } } }',
      { e: executionId, filter, after },
    );
  const textsIn = ({ nodes }: TestData) => nodes.flatMap(({ text }: TestData) => text ?? []);

  test('tells of a step, a target, a stream or a text only, and goes on from where it looked', async () => {
    const { executionId, tasks, print } = await startRunning(2);
    await print(0, 'a\n');
    await print(1, 'b 100%\n', 'STDERR');
    const { targetId, stepId } = await world.prisma.task.findUniqueOrThrow({ where: { id: tasks[1] ?? '' } });
    expect(textsIn(await feed(executionId, { targetId }))).toEqual(['b 100%\n']);
    expect(textsIn(await feed(executionId, { stepId }))).toEqual(['a\n', 'b 100%\n']);
    expect(textsIn(await feed(executionId, { text: '0%' }))).toEqual(['b 100%\n']);
    expect(textsIn(await feed(executionId, { text: '_' }))).toEqual([]);
    const { nodes, pageInfo } = await feed(executionId, { stream: 'STDOUT' });
    expect(nodes.map(({ __typename }: TestData) => __typename)).toEqual(['TaskOutput']);
    expect(pageInfo.hasNextPage).toBe(false);
    await print(0, 'c\n');
    expect(textsIn(await feed(executionId, { stream: 'STDOUT' }, pageInfo.endCursor as string))).toEqual(['c\n']);
    expect(await feed(executionId, { targetId: 'x' })).toEqual(['BAD_USER_INPUT']);
  });

  test('a page of large entries ends with a mebibyte, and the next one goes on without a gap', async () => {
    const { executionId, print } = await startRunning(1);
    for (let index = 0; index < 12; index += 1) await print(0, `${'x'.repeat(400_000)}\n`);
    const sequences: number[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo } = await feed(executionId, null, after);
      expect(textsIn({ nodes }).join('').length).toBeLessThanOrEqual(1024 * 1024);
      sequences.push(...nodes.map(({ sequence }: TestData) => sequence as number));
      after = pageInfo.endCursor as string;
      if (!pageInfo.hasNextPage) break;
    }
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(sequences).toHaveLength(13);
  });
});

test.each([
  '{ outputWindow(executionId: "x", taskId: "x") { lineCount } }',
  '{ outputSearch(executionId: "x", text: "x") { nodes { line } } }',
  '{ outputGroups(executionId: "x") { nodes { count } } }',
])('execution:read is needed and enough for %s', async (document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith('execution:read'))).toEqual([]);
});
