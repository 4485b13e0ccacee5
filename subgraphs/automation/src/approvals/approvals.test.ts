import { randomUUID } from 'node:crypto';
import { anonymous, permissionsOf } from '@opsconductor/authz';
import type { Permission, UserViewer } from '@opsconductor/authz';
import { createWorld, viewerWith } from '../testing/world.ts';
import type { AutomationWorld, TestData } from '../testing/world.ts';
import { settleDue } from './passingTime.ts';
import { readApproval, requestApproval, withdrawApprovals } from './requestApproval.ts';
import type { ApprovalRequest } from './requestApproval.ts';

let world: AutomationWorld;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const HASH = 'a'.repeat(64);
const someone = (...permissions: Permission[]): UserViewer => ({
  ...(viewerWith(...(permissions.length > 0 ? permissions : permissionsOf(['OPERATOR']))) as UserViewer),
  userId: randomUUID(),
});
const requestedById = randomUUID();

const requestOf = (change: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  executionId: randomUUID(),
  key: 'ask',
  jobId: null,
  requestedById,
  subjectHash: HASH,
  settings: { message: 'Go on?' },
  ...change,
});

async function given(settings: Partial<ApprovalRequest['settings']> = {}, now = new Date()) {
  const request = requestOf({ settings: { message: 'Go on?', ...settings } });
  const approval = await world.transact((unit) => requestApproval(unit, request, now));
  return { ...request, id: approval.id };
}

const mutation = /* GraphQL */ `
  mutation ($input: DecideApprovalInput!) {
    decideApproval(input: $input) {
      __typename
      ... on Refusal {
        message
      }
      ... on InvalidInput {
        field
      }
      ... on ApprovalEnded {
        approval {
          status
        }
      }
      ... on ApprovalDecided {
        approval {
          status
          mayDecide
          decisions {
            isApproved
            answers
            comment
          }
        }
      }
    }
  }
`;

async function decide(id: string, change: object = {}, viewer: UserViewer = someone()): Promise<TestData> {
  const input = { id, subjectHash: HASH, isApproved: true, ...change };
  const { data, errors } = await world.execute(viewer, mutation, { input });
  if (errors) throw new Error(errors[0]?.message);
  return data.decideApproval;
}

/** Ids of executions that were told to go on since the last look. */
async function wentOn(): Promise<string[]> {
  const jobs = await world.queue.fetch<{ executionId: string }>('automation.advance', 100);
  if (jobs.length > 0) await world.queue.complete(world.prisma, 'automation.advance', jobs);
  return jobs.map(({ data }) => data.executionId);
}

test('an approval ends with the decision that was needed, and its execution goes on', async () => {
  const { id, executionId, key } = await given();
  const answer = await decide(id, { comment: 'fine' });
  expect(answer).toMatchObject({
    __typename: 'ApprovalDecided',
    approval: { status: 'APPROVED', mayDecide: false, decisions: [{ isApproved: true, comment: 'fine' }] },
  });
  expect(await wentOn()).toContain(executionId);
  const outcome = await readApproval(world.prisma, { executionId, key, subjectHash: HASH });
  expect(outcome).toMatchObject({ status: 'APPROVED', answers: {} });
});

test('a quorum needs as many different people; one who rejects is enough', async () => {
  const { id, executionId } = await given({ quorum: 2 });
  const first = someone();
  expect((await decide(id, {}, first)).approval.status).toBe('PENDING');
  expect(await wentOn()).not.toContain(executionId);
  expect((await decide(id, {}, first)).__typename).toBe('ApprovalNotForViewer');
  expect((await decide(id)).approval.status).toBe('APPROVED');
  const other = await given({ quorum: 3 });
  expect((await decide(other.id, { isApproved: false })).approval.status).toBe('REJECTED');
  expect(await decide(other.id)).toMatchObject({ __typename: 'ApprovalEnded', approval: { status: 'REJECTED' } });
});

test('a user decides once, however often they ask at the same time', async () => {
  const { id } = await given({ quorum: 3 });
  const viewer = someone();
  const answers = await Promise.all(Array.from({ length: 8 }, () => decide(id, {}, viewer)));
  expect(answers.filter(({ __typename }) => __typename === 'ApprovalDecided')).toHaveLength(1);
  expect(await world.prisma.approvalDecision.count({ where: { approvalId: id } })).toBe(1);
});

test('of an approval, a rejection, an expiry and a withdrawal at the same time, one end is set', async () => {
  for (let round = 0; round < 8; round += 1) {
    const now = new Date();
    const { id, executionId } = await given({ expiresAfterSeconds: 60 }, now);
    const later = new Date(now.getTime() + 61_000);
    await wentOn();
    await Promise.all([
      decide(id),
      decide(id, { isApproved: false }),
      settleDue(world.transact, later),
      ...(round % 2 === 0 ? [world.transact((unit) => withdrawApprovals(unit, executionId, later))] : []),
    ]);
    const { status } = await world.prisma.approval.findUniqueOrThrow({ where: { id } });
    expect(status).not.toBe('PENDING');
    const goneOn = (await wentOn()).filter((each) => each === executionId);
    expect(goneOn).toHaveLength(status === 'WITHDRAWN' ? 0 : 1);
  }
});

test('not the requester, unless the approval says so; and the role that it names', async () => {
  const requester: UserViewer = { ...someone(), userId: requestedById };
  const strict = await given();
  expect(await decide(strict.id, {}, requester)).toMatchObject({
    __typename: 'ApprovalNotForViewer',
    message: expect.stringContaining('you have started'),
  });
  const open = await given({ mayRequesterApprove: true });
  expect((await decide(open.id, {}, requester)).approval.status).toBe('APPROVED');
  const forAdmins = await given({ approverRoles: ['ADMIN'] });
  expect((await decide(forAdmins.id)).message).toContain('ADMIN');
  const administrator = someone(...permissionsOf(['ADMIN']));
  expect((await decide(forAdmins.id, {}, administrator)).approval.status).toBe('APPROVED');
});

test('after a change of what is approved, neither a decision about the earlier nor its outcome counts', async () => {
  const { id, executionId, key, ...request } = await given({ quorum: 2 });
  await decide(id);
  const changed = { ...request, executionId, key, subjectHash: 'b'.repeat(64) };
  await world.transact((unit) => requestApproval(unit, changed, new Date()));
  expect((await decide(id)).__typename).toBe('ApprovalChanged');
  expect(await readApproval(world.prisma, { executionId, key, subjectHash: HASH })).toBeUndefined();
  // What was said about the earlier does not count for the quorum.
  expect((await decide(id, { subjectHash: changed.subjectHash })).approval.status).toBe('PENDING');
  expect((await decide(id, { subjectHash: changed.subjectHash })).approval.status).toBe('APPROVED');
  await world.transact((unit) => requestApproval(unit, { ...changed, subjectHash: HASH }, new Date()));
  expect(await readApproval(world.prisma, { executionId, key, subjectHash: HASH })).toMatchObject({
    status: 'PENDING',
    decisions: [],
  });
});

test('asked for again about the same thing, it is the same approval with its decisions', async () => {
  const { id, ...request } = await given({ quorum: 2 });
  await decide(id);
  const again = await world.transact((unit) => requestApproval(unit, request, new Date()));
  expect(again.id).toBe(id);
  expect(await readApproval(world.prisma, request)).toMatchObject({ status: 'PENDING', decisions: { length: 1 } });
});

test('what expires cannot be decided, even before anybody has recorded that it is over', async () => {
  const { id, executionId } = await given({ expiresAfterSeconds: 60 }, new Date(Date.now() - 61_000));
  expect(await decide(id)).toMatchObject({ __typename: 'ApprovalEnded', approval: { status: 'PENDING' } });
  await settleDue(world.transact, new Date());
  expect(await decide(id)).toMatchObject({ __typename: 'ApprovalEnded', approval: { status: 'EXPIRED' } });
  expect(await wentOn()).toContain(executionId);
});

test('reminders come at their time, those that were missed as one, and not after the end', async () => {
  const now = new Date();
  const { id } = await given({ remindEverySeconds: 60 }, now);
  const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  const remindAt = async () => (await world.prisma.approval.findUniqueOrThrow({ where: { id } })).remindAt;
  await settleDue(world.transact, at(59));
  expect(await remindAt()).toEqual(at(60));
  await settleDue(world.transact, at(600));
  expect(await remindAt()).toEqual(at(660));
  await decide(id);
  expect(await remindAt()).toBeNull();
});

test('the form is checked like the inputs of a job, and the last answer is the outcome', async () => {
  const form = [{ name: 'ticket', type: 'text', pattern: 'OPS-[0-9]+', isRequired: true }] as const;
  const { id, ...request } = await given({ quorum: 2, form });
  const withTicket = (ticket: unknown) => decide(id, { answers: { ticket } });
  expect(await withTicket('x')).toMatchObject({ __typename: 'InvalidInput', field: 'answers.ticket' });
  expect(await decide(id)).toMatchObject({ __typename: 'InvalidInput', field: 'answers.ticket' });
  expect(await decide(id, { answers: { other: 1 } })).toMatchObject({ field: 'answers.other' });
  await withTicket('OPS-1');
  expect((await withTicket('OPS-2')).approval.decisions.map(({ answers }: TestData) => answers)).toEqual(
    expect.arrayContaining([{ ticket: 'OPS-1' }, { ticket: 'OPS-2' }]),
  );
  expect(await readApproval(world.prisma, request)).toMatchObject({ answers: { ticket: 'OPS-2' } });
});

test('the inbox holds what waits for the viewer, and wakes when that changes', async () => {
  const viewer = someone();
  const inbox = async (): Promise<string[]> => {
    const document = '{ approvals(first: 100, status: PENDING, forMe: true) { nodes { id mayDecide } } }';
    const { data } = await world.execute(viewer, document);
    expect(data.approvals.nodes.every(({ mayDecide }: TestData) => mayDecide)).toBe(true);
    return data.approvals.nodes.map((node: TestData) => node.id as string);
  };
  const waiting = await given({ quorum: 2 });
  const forAdmins = await given({ approverRoles: ['ADMIN'] });
  const expired = await given({ expiresAfterSeconds: 60 }, new Date(Date.now() - 61_000));
  const own = await world.transact((unit) =>
    requestApproval(unit, requestOf({ requestedById: viewer.userId }), new Date()),
  );
  const before = await inbox();
  expect(before).toContain(waiting.id);
  for (const { id } of [forAdmins, expired, own]) expect(before).not.toContain(id);
  const { promise: woken, resolve } = Promise.withResolvers<void>();
  const stop = world.wakeUps.listen('approvals', resolve);
  await decide(waiting.id, {}, viewer);
  await woken;
  stop();
  expect(await inbox()).not.toContain(waiting.id);
});

test('what is withdrawn waits for nobody; an approval of a job in a hidden folder does not exist', async () => {
  const { id, executionId } = await given();
  await world.transact((unit) => withdrawApprovals(unit, executionId, new Date()));
  expect(await decide(id)).toMatchObject({ __typename: 'ApprovalEnded', approval: { status: 'WITHDRAWN' } });
  const folder = await world.prisma.jobFolder.create({
    data: { name: 'hidden', parentId: '00000000-0000-7000-8000-000000000000' },
  });
  await world.prisma.folderGrant.create({ data: { folderId: folder.id, userId: randomUUID(), access: 'WRITE' } });
  const job = await world.prisma.job.create({
    data: { name: 'x', folderId: folder.id, createdById: randomUUID(), updatedAt: new Date() },
  });
  const hidden = await world.transact((unit) => requestApproval(unit, requestOf({ jobId: job.id }), new Date()));
  expect((await decide(hidden.id)).__typename).toBe('ApprovalNotFound');
  const { data } = await world.execute(
    someone(),
    'query ($id: ID!) { approval(id: $id) { id } approvals { nodes { id } } }',
    { id: hidden.id },
  );
  expect(data.approval).toBeNull();
  expect(data.approvals.nodes).not.toContainEqual({ id: hidden.id });
  const gone = await world.transact((unit) => requestApproval(unit, requestOf({ jobId: randomUUID() }), new Date()));
  expect(gone.jobId).toBeNull();
});

test.each<[Permission, string]>([
  ['execution:read', '{ approval(id: "x") { id } }'],
  ['execution:read', '{ approvals { nodes { id } } }'],
  [
    'execution:read',
    '{ _entities(representations: [{ __typename: "Approval", id: "x" }]) { ... on Approval { id } } }',
  ],
])('%s is needed for %s, and enough', async (permission, document) => {
  const codes = async (viewer: Parameters<AutomationWorld['execute']>[0]) =>
    (await world.execute(viewer, document)).errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(await codes(anonymous)).toEqual(['UNAUTHENTICATED']);
  expect(await codes(viewerWith('audit:read'))).toEqual(['FORBIDDEN']);
  expect(await codes(viewerWith(permission))).toEqual([]);
});

test('approval:decide is needed to decide', async () => {
  const { id } = await given();
  await expect(decide(id, {}, someone('execution:read'))).rejects.toThrow('approval:decide');
  expect((await decide(id, {}, someone('execution:read', 'approval:decide'))).__typename).toBe('ApprovalDecided');
});
