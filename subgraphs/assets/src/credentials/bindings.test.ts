import { randomUUID } from 'node:crypto';
import { anonymous } from '@opsconductor/authz';
import { NOBODY, givenCredential, givenGroup, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = world.as('target:read', 'target:write', 'credential:read', 'credential:write', 'group:write');
});
afterAll(() => world.close());

const bind = async (credentialId: string, filter: string) => {
  const { data, errors } = await admin(
    `mutation ($input: BindCredentialInput!) {
      bindCredential(input: $input) {
        __typename ... on CredentialBound { binding { id specificity } } ... on InvalidInput { field }
      }
    }`,
    { input: { credentialId, filter } },
  );
  expect(errors).toBeUndefined();
  return data.bindCredential;
};
const effective = async (id: string) => {
  const { data, errors } = await admin(
    'query ($id: ID!) { target(id: $id) { effectiveCredential { reason credential { id } binding { filter } } } }',
    { id },
  );
  expect(errors).toBeUndefined();
  return data.target.effectiveCredential;
};
const withoutCredential = async (input: Record<string, unknown> = {}) => {
  const { data } = await admin(
    `mutation ($input: CreateTargetInput!) { createTarget(input: $input) { ... on TargetCreated { target { id } } } }`,
    { input: { name: unique('bound'), address: 'a', ...input } },
  );
  return data.createTarget.target.id as string;
};
const release = async (targetId: string) => {
  const call = { viewer: anonymous, requestId: randomUUID(), signal: AbortSignal.timeout(10_000) };
  const tasks = [{ taskId: randomUUID(), attempt: 1, targetId }];
  const request = { executionId: randomUUID(), tasks };
  const { connections } = await world.fleetOf('executor').releaseConnections(request, call);
  return { ...connections[0], executionId: request.executionId };
};

test('the binding that demands most decides, the target itself above all, and it says which and why', async () => {
  const team = unique('team');
  const labels = [{ key: 'team', value: team }];
  const [wide, narrow, own] = [
    await givenCredential(world),
    await givenCredential(world),
    await givenCredential(world),
  ];
  const id = await withoutCredential({ labels, environment: 'prod' });
  expect(await effective(id)).toBeNull();
  expect(await release(id)).toMatchObject({ outcome: 'refused', reason: 'No credential is given for the target.' });
  await bind(wide, `team=${team}`);
  expect(await effective(id)).toEqual({
    reason: 'BINDING',
    credential: { id: wide },
    binding: { filter: `team=${team}` },
  });
  await bind(narrow, `team=${team} and env=prod`);
  expect(await effective(id)).toMatchObject({ credential: { id: narrow } });
  expect(await effective(await withoutCredential({ labels }))).toMatchObject({ credential: { id: wide } });
  expect(await release(id)).toMatchObject({ outcome: 'released' });
  const given = await givenTarget(world, { labels, environment: 'prod', credentialId: own });
  expect(await effective(given)).toEqual({ reason: 'TARGET', credential: { id: own }, binding: null });
});

test('of bindings that demand the same, the newest decides; groups can be demanded', async () => {
  const groupId = await givenGroup(world, { filter: `name=${unique('member')}*` });
  const { path, filter } = await world.prisma.targetGroup.findUniqueOrThrow({ where: { id: groupId } });
  const id = await withoutCredential({ name: `${filter!.slice('name='.length, -1)}-1` });
  const [older, newer] = [await givenCredential(world), await givenCredential(world)];
  await bind(older, `group:${path}`);
  await bind(newer, `group=${path}`);
  expect(await effective(id)).toMatchObject({ credential: { id: newer } });
});

test('a credential that does not sign in over SSH is never in effect by a binding', async () => {
  const name = unique('token');
  const token = await givenCredential(world, {
    ...{ username: undefined, password: undefined, kind: 'API_TOKEN' },
    fields: [{ name: 'token', value: unique('secret') }],
  });
  await bind(token, `name=${name}`);
  expect(await effective(await withoutCredential({ name }))).toBeNull();
});

test('reach is what would not be reached without it, uses are who got it for what', async () => {
  const team = unique('team');
  const labels = [{ key: 'team', value: team }];
  const [mine, other] = [await givenCredential(world), await givenCredential(world)];
  await bind(mine, `team=${team}`);
  await bind(other, `team=${team} and env=prod`);
  const own = await givenTarget(world, { credentialId: mine });
  const bound = await withoutCredential({ labels });
  await withoutCredential({ labels, environment: 'prod' });
  const { executionId } = await release(bound);
  const { data, errors } = await admin(
    `query ($id: ID!) {
      credential(id: $id) {
        reach { targetCount targets { nodes { id } } }
        uses { nodes { attempt target { id } execution { id } usedAt } pageInfo { endCursor hasNextPage } }
      }
    }`,
    { id: mine },
  );
  expect(errors).toBeUndefined();
  expect(data.credential.reach.targetCount).toBe(2);
  expect(data.credential.reach.targets.nodes.map(({ id }: { id: string }) => id).sort()).toEqual([own, bound].sort());
  expect(data.credential.uses.nodes).toEqual([
    { attempt: 1, target: { id: bound }, execution: { id: executionId }, usedAt: expect.any(String) },
  ]);
  const after = await admin(
    'query ($id: ID!, $after: String) { credential(id: $id) { uses(after: $after) { nodes { attempt } } } }',
    { id: mine, after: data.credential.uses.pageInfo.endCursor },
  );
  expect(after.data.credential.uses.nodes).toEqual([]);
  const target = await admin('query ($id: ID!) { target(id: $id) { state { lastExecution { id } } } }', { id: bound });
  expect(target.data.target.state.lastExecution).toEqual({ id: executionId });
});

test('the statements of a page with effective credentials do not grow with targets or bindings', async () => {
  const prefix = unique('many');
  const read = () =>
    admin(
      `query ($prefix: String!) {
        targets(filter: { nameContains: $prefix }) { nodes { effectiveCredential { reason credential { name } } } }
      }`,
      { prefix },
    );
  const credential = await givenCredential(world);
  for (let at = 0; at < 8; at += 1) {
    await withoutCredential({ name: `${prefix}-${at}` });
    await bind(credential, `name=${prefix}-${at}`);
  }
  expect(await world.countStatements(read)).toBeLessThanOrEqual(6);
});

test('a credential in use is not deleted; unbound it is, with its versions', async () => {
  const id = await givenCredential(world);
  const { binding } = await bind(id, `name=${unique('nobody')}`);
  const remove = async () =>
    (
      await admin(
        `mutation ($id: ID!) {
          deleteCredential(input: { id: $id }) { __typename ... on CredentialInUse { targetCount bindingCount } }
        }`,
        { id },
      )
    ).data.deleteCredential;
  expect(await remove()).toEqual({ __typename: 'CredentialInUse', targetCount: 0, bindingCount: 1 });
  const unbind = 'mutation ($id: ID!) { unbindCredential(input: { id: $id }) { __typename } }';
  expect((await admin(unbind, { id: binding.id })).data.unbindCredential.__typename).toBe('CredentialUnbound');
  expect((await admin(unbind, { id: binding.id })).data.unbindCredential.__typename).toBe('CredentialBindingNotFound');
  const target = await givenTarget(world, { credentialId: id });
  expect(await remove()).toMatchObject({ __typename: 'CredentialInUse', targetCount: 1 });
  await world.prisma.target.update({ where: { id: target }, data: { deletedAt: new Date() } });
  expect(await remove()).toEqual({ __typename: 'CredentialDeleted' });
  expect(await world.prisma.credentialVersion.count({ where: { credentialId: id } })).toBe(0);
});

test('a filter that is none, and a credential that is none, are refused', async () => {
  expect(await bind(await givenCredential(world), 'env=')).toEqual({ __typename: 'InvalidInput', field: 'filter' });
  expect(await bind(NOBODY, 'all')).toMatchObject({ __typename: 'CredentialNotFound' });
});
