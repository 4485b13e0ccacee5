import { randomUUID } from 'node:crypto';
import { anonymous, permissions } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import type { Communication } from '../index.ts';
import { ask, auditor, completeEvent, openWorld, send, someone, viewerWith } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';

const ENTRIES = 130;
const users = Array.from({ length: 3 }, () => randomUUID()).sort();

let world: World;
let communication: Communication;
let calls = 0;
beforeAll(async () => {
  world = await openWorld();
  communication = await world.start(() => (calls += 1));
  const start = Date.UTC(2026, 0, 1);
  const events = Array.from({ length: ENTRIES }, (_, n) =>
    completeEvent({
      occurredAt: new Date(start + n).toISOString(),
      type: n % 10 === 0 ? 'test.thing.tenth' : 'test.thing.happened',
      actorId: n % 2 === 0 ? someone : (users[n % 3] as string),
      subject: { type: 'thing', id: `thing-${n % 5}` },
    }),
  );
  await world.publish(...events);
  await world.untilRecorded(ENTRIES);
});
afterAll(() => world.close());

const EVENTS = `query ($first: Int, $after: String, $filter: AuditEventFilter) {
  auditEvents(first: $first, after: $after, filter: $filter) {
    nodes { position type subjectId actor { id } }
    pageInfo { hasNextPage endCursor }
  }
}`;

async function readAll(filter: object | null, first: number): Promise<Data[]> {
  const nodes: Data[] = [];
  let after: string | null = null;
  do {
    const { auditEvents }: Data = await ask(communication, auditor, EVENTS, { first, after, filter });
    nodes.push(...auditEvents.nodes);
    after = auditEvents.pageInfo.hasNextPage ? auditEvents.pageInfo.endCursor : null;
  } while (after !== null);
  return nodes;
}

const positions = (nodes: Data[]): number[] => nodes.map(({ position }) => position);
const descending = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, n) => from - n);

test('are listed newest first, page by page, each once', async () => {
  expect(positions(await readAll(null, 100))).toEqual(descending(ENTRIES, 1));
  expect(positions(await readAll(null, 13))).toEqual(descending(ENTRIES, 1));
});

test('a page stays where it is while entries are added', async () => {
  const { auditEvents } = await ask(communication, auditor, EVENTS, { first: 10 });
  const { lastPosition } = { lastPosition: auditEvents.nodes.at(-1).position };
  const second = await ask(communication, auditor, EVENTS, { first: 10, after: auditEvents.pageInfo.endCursor });
  expect(positions(second.auditEvents.nodes)).toEqual(descending(lastPosition - 1, lastPosition - 10));
});

test.each<[string, object, (node: Data) => boolean]>([
  ['type', { type: 'test.thing.tenth' }, ({ type }) => type === 'test.thing.tenth'],
  ['actor', { actorId: users[1] }, ({ actor }) => actor.id === users[1]],
  ['actor in upper case', { actorId: users[1]?.toUpperCase() }, ({ actor }) => actor.id === users[1]],
  ['subject', { subjectId: 'thing-3' }, ({ subjectId }) => subjectId === 'thing-3'],
  [
    'all of them',
    { subjectId: 'thing-0', type: 'test.thing.tenth', actorId: someone },
    ({ subjectId, type, actor }) => subjectId === 'thing-0' && type === 'test.thing.tenth' && actor.id === someone,
  ],
])('are filtered by %s', async (_, filter, isMeant) => {
  const expected = (await readAll(null, 100)).filter(isMeant);
  expect(expected.length).toBeGreaterThan(0);
  expect(await readAll(filter, 7)).toEqual(expected);
});

test.each([{ actorId: 'ada' }, { actorId: randomUUID() }, { type: '\0' }, { subjectId: 'a\0b' }, { type: '' }])(
  'that nothing matches are none: %j',
  async (filter) => {
    expect(await readAll(filter, 10)).toEqual([]);
  },
);

test.each([
  { first: 0 },
  { first: -1 },
  { first: 101 },
  { after: 'x' },
  ...[['a'], [0], [1.5], [1e99], [2 ** 31], []].map((key) => ({
    after: Buffer.from(JSON.stringify(key)).toString('base64url'),
  })),
])('refuse the page %j', async (page) => {
  expect(await send(communication, auditor, EVENTS, page)).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  });
});

test('show everything about an event, values as text, and no actor where nobody did it', async () => {
  const event = completeEvent({
    type: 'automation.execution.finished',
    actorId: null,
    subject: { type: 'execution', id: 'e-1' },
    data: { status: 'FAILED', tasks: 3, isAdHoc: false, parent: null },
    requestId: 'request-9',
  });
  const before = await world.prisma.auditEvent.count();
  await world.publish(event);
  await world.untilRecorded(before + 1);
  const { auditEvents } = await ask(
    communication,
    auditor,
    `{ auditEvents(first: 1) { nodes {
      id position type occurredAt actor { id } subjectType subjectId details { name value } requestId hash previousHash
    } } }`,
  );
  expect(auditEvents.nodes).toEqual([
    {
      id: event.id,
      position: before + 1,
      type: 'automation.execution.finished',
      occurredAt: event.occurredAt,
      actor: null,
      subjectType: 'execution',
      subjectId: 'e-1',
      details: [
        { name: 'isAdHoc', value: 'false' },
        { name: 'parent', value: 'null' },
        { name: 'status', value: 'FAILED' },
        { name: 'tasks', value: '3' },
      ],
      requestId: 'request-9',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      previousHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});

const ENTITIES = `query ($r: [_Any!]!, $first: Int, $after: String) {
  _entities(representations: $r) {
    ... on User { id auditEvents(first: $first, after: $after) { nodes { position actor { id } } pageInfo { hasNextPage endCursor } } }
    ... on AuditEvent { id type }
  }
}`;

test('of many users are read in one statement, each as if asked alone', async () => {
  const ids = [...users, someone, randomUUID(), 'no id', users[0] as string];
  const r = ids.map((id) => ({ __typename: 'User', id }));
  calls = 0;
  const { _entities } = await ask(communication, auditor, ENTITIES, { r, first: 7 });
  expect(calls).toBe(1);
  for (const [n, { id, auditEvents }] of _entities.entries()) {
    expect(id).toBe(ids[n]);
    const alone = (await readAll({ actorId: id }, 7)).slice(0, 7);
    expect(positions(auditEvents.nodes)).toEqual(positions(alone));
    const after = { r: [r[n]], first: 7, after: auditEvents.pageInfo.endCursor };
    const next = (await ask(communication, auditor, ENTITIES, after))._entities[0].auditEvents;
    expect(positions(next.nodes)).toEqual(positions((await readAll({ actorId: id }, 7)).slice(7, 14)));
  }
});

test('are entities, read in one statement', async () => {
  const { id, type } = await world.prisma.auditEvent.findFirstOrThrow();
  const r = [id, id.toUpperCase(), randomUUID(), 'no id'].map((each) => ({ __typename: 'AuditEvent', id: each }));
  calls = 0;
  const { _entities } = await ask(communication, auditor, ENTITIES, { r });
  expect(calls).toBe(1);
  expect(_entities).toEqual([{ id, type }, { id, type }, null, null]);
});

describe('who may read them', () => {
  const documents: Record<string, [document: string, variables: object]> = {
    auditEvents: [EVENTS, {}],
    'User.auditEvents': [ENTITIES, { r: [{ __typename: 'User', id: someone }] }],
    'AuditEvent by reference': [ENTITIES, { r: [{ __typename: 'AuditEvent', id: randomUUID() }] }],
  };
  const codeOf = async (viewer: Viewer, [document, variables]: [string, object]): Promise<unknown> =>
    (await send(communication, viewer, document, variables)).errors?.[0]?.extensions?.['code'];

  test('every root field is in the table', () => {
    const fields = Object.keys(communication.subgraph.schema.getQueryType()?.getFields() ?? {});
    expect(Object.keys(documents)).toEqual(expect.arrayContaining(fields.filter((name) => !name.startsWith('_'))));
  });

  test.each(Object.entries(documents))('%s: who has audit:read, and nobody else', async (_, request) => {
    expect(await codeOf(anonymous, request)).toBe('UNAUTHENTICATED');
    expect(await codeOf(viewerWith(permissions.filter((each) => each !== 'audit:read')), request)).toBe('FORBIDDEN');
    expect(await codeOf(viewerWith(['audit:read']), request)).toBeUndefined();
  });
});
