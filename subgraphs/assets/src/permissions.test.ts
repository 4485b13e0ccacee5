/** Every way to the data, asked for with and without each permission it needs. */
import { Forbidden, Unauthenticated, anonymous, permissions } from '@opsconductor/authz';
import type { Permission } from '@opsconductor/authz';
import type { Context } from './context.ts';
import { bindCredential, listBindings, unbindCredential } from './credentials/bindings.ts';
import { deleteCredential, updateCredential } from './credentials/changeCredential.ts';
import { createCredential, generateSshKey } from './credentials/createCredential.ts';
import { addCustomKind, listCustomKinds } from './credentials/customKinds.ts';
import { findEffectiveChoice } from './credentials/effectiveCredentials.ts';
import { revokeVersion, rotateCredential } from './credentials/rotateCredential.ts';
import { countReach, listReach, listUses } from './credentials/uses.ts';
import { listVersions } from './credentials/versions.ts';
import { findCredential, listCredentials } from './credentials/credentials.ts';
import { listHostKeys } from './hostKeys/hostKeys.ts';
import { exportKnownHosts, importKnownHosts } from './hostKeys/knownHosts.ts';
import { approveHostKey, listPresentedKeys, rejectHostKey } from './hostKeys/presentedKeys.ts';
import { pinHostKey } from './hostKeys/pinHostKey.ts';
import { revokeHostKey } from './hostKeys/revokeHostKey.ts';
import { testFilter } from './filters/testFilter.ts';
import { createGroup, deleteGroup, moveGroup, updateGroup } from './groups/changeGroups.ts';
import {
  countTargets,
  findGroup,
  listChildren,
  listGroups,
  listGroupsOfTarget,
  listTargetsOfGroup,
} from './groups/groups.ts';
import { addMembers, removeMembers } from './groups/members.ts';
import { cancelMaintenance, listMaintenance, scheduleMaintenance } from './maintenance/maintenance.ts';
import { addService, listServices } from './services/services.ts';
import { listChanges } from './targets/changes.ts';
import { createTarget } from './targets/createTarget.ts';
import { deleteTarget } from './targets/deleteTarget.ts';
import { findTarget, listAttributes, listLabels, listTargets } from './targets/targets.ts';
import { updateTarget } from './targets/updateTarget.ts';
import { listVaultKeys, retireVaultKey, rotateVaultKey } from './vaultKeys/vaultKeys.ts';
import { NOBODY, givenCredential, givenGroup, givenTarget } from './testing/given.ts';
import { createViewer, createWorld } from './testing/world.ts';
import type { World } from './testing/world.ts';

let world: World;
let id: string;
let credentialId: string;
let groupId: string;
beforeAll(async () => {
  world = await createWorld();
  credentialId = await givenCredential(world);
  id = await givenTarget(world, { credentialId });
  groupId = await givenGroup(world);
});
afterAll(() => world.close());

const targetInput = `name: "t", address: "a", credentialId: "${NOBODY}"`;

/** A document for each root field, with the permissions that it needs. */
const operations: Record<string, [document: string, ...needs: Permission[]]> = {
  'Query.target': [`query ($id: ID!) { target(id: $id) { id name labels { key } hostKeys { id } } }`, 'target:read'],
  'Query.targets': ['{ targets { nodes { id } } }', 'target:read'],
  'Query.testFilter': ['{ testFilter(expression: "name=x") { normalized } }', 'target:read'],
  'Query.targetGroup': [
    'query ($groupId: ID!) { targetGroup(id: $groupId) { id path children { id } } }',
    'target:read',
  ],
  'Query.targetGroups': ['{ targetGroups { nodes { id targetCount } } }', 'target:read'],
  'Query.serviceDefinitions': ['{ serviceDefinitions { key } }', 'target:read'],
  'Query.credential': ['query ($credentialId: ID!) { credential(id: $credentialId) { id name } }', 'credential:read'],
  'Query.credentials': ['{ credentials { nodes { id } } }', 'credential:read'],
  'Mutation.createTarget': [`mutation { createTarget(input: { ${targetInput} }) { __typename } }`, 'target:write'],
  'Mutation.updateTarget': [`mutation { updateTarget(input: { id: "${NOBODY}" }) { __typename } }`, 'target:write'],
  'Mutation.addServiceDefinition': [
    'mutation { addServiceDefinition(input: { key: "", name: "", defaultPort: 1 }) { __typename } }',
    'target:write',
  ],
  'Mutation.scheduleMaintenance': [
    `mutation { scheduleMaintenance(input: {
      targetId: "${NOBODY}", startsAt: "2027-01-01T00:00:00Z", endsAt: "2027-01-02T00:00:00Z", reason: "x"
    }) { __typename } }`,
    'target:write',
  ],
  'Mutation.cancelMaintenance': [
    `mutation { cancelMaintenance(input: { id: "${NOBODY}" }) { __typename } }`,
    'target:write',
  ],
  'Mutation.createTargetGroup': ['mutation { createTargetGroup(input: { name: "" }) { __typename } }', 'group:write'],
  'Mutation.updateTargetGroup': [
    `mutation { updateTargetGroup(input: { id: "${NOBODY}" }) { __typename } }`,
    'group:write',
  ],
  'Mutation.moveTargetGroup': [
    `mutation { moveTargetGroup(input: { id: "${NOBODY}" }) { __typename } }`,
    'group:write',
  ],
  'Mutation.deleteTargetGroup': [
    `mutation { deleteTargetGroup(input: { id: "${NOBODY}" }) { __typename } }`,
    'group:write',
  ],
  'Mutation.addGroupMembers': [
    `mutation { addGroupMembers(input: { groupId: "${NOBODY}", targetIds: [] }) { __typename } }`,
    'group:write',
  ],
  'Mutation.removeGroupMembers': [
    `mutation { removeGroupMembers(input: { groupId: "${NOBODY}", targetIds: [] }) { __typename } }`,
    'group:write',
  ],
  'Mutation.deleteTarget': [`mutation { deleteTarget(input: { id: "${NOBODY}" }) { __typename } }`, 'target:write'],
  'Mutation.createCredential': [
    'mutation { createCredential(input: { name: "", username: "" }) { __typename } }',
    'credential:write',
  ],
  'Query.customCredentialKinds': ['{ customCredentialKinds { id } }', 'credential:read'],
  'Query.vaultKeys': ['{ vaultKeys { id sealedCount } }', 'vault:rotate'],
  'Mutation.rotateVaultKey': ['mutation { rotateVaultKey { key { id } pendingCount } }', 'vault:rotate'],
  'Mutation.retireVaultKey': ['mutation { retireVaultKey(input: { id: "x" }) { __typename } }', 'vault:rotate'],
  'Mutation.generateSshKey': [
    'mutation { generateSshKey(input: { name: "", username: "" }) { __typename } }',
    'credential:write',
  ],
  'Mutation.rotateCredential': [
    `mutation { rotateCredential(input: { id: "${NOBODY}" }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.revokeCredentialVersion': [
    `mutation { revokeCredentialVersion(input: { credentialId: "${NOBODY}", version: 1 }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.updateCredential': [
    `mutation { updateCredential(input: { id: "${NOBODY}" }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.deleteCredential': [
    `mutation { deleteCredential(input: { id: "${NOBODY}" }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.bindCredential': [
    `mutation { bindCredential(input: { credentialId: "${NOBODY}", filter: "all" }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.unbindCredential': [
    `mutation { unbindCredential(input: { id: "${NOBODY}" }) { __typename } }`,
    'credential:write',
  ],
  'Mutation.addCredentialKind': [
    'mutation { addCredentialKind(input: { name: "", inputs: [] }) { __typename } }',
    'credential:write',
  ],
  'Target.effectiveCredential': [
    'query ($id: ID!) { target(id: $id) { effectiveCredential { reason } } }',
    'target:read',
    'credential:read',
  ],
  'Credential.reach': [
    'query ($credentialId: ID!) { credential(id: $credentialId) { reach { targetCount } uses { nodes { attempt } } } }',
    'credential:read',
  ],
  'Query.knownHosts': ['{ knownHosts }', 'target:read'],
  'Mutation.approveHostKey': [
    `mutation { approveHostKey(input: { targetId: "${NOBODY}", presentedKeyId: "", reason: "" }) { __typename } }`,
    'target:write',
  ],
  'Mutation.rejectHostKey': [
    `mutation { rejectHostKey(input: { targetId: "${NOBODY}", presentedKeyId: "", reason: "" }) { __typename } }`,
    'target:write',
  ],
  'Mutation.importKnownHosts': ['mutation { importKnownHosts(input: { text: "" }) { __typename } }', 'target:write'],
  'Mutation.pinHostKey': [
    `mutation { pinHostKey(input: { targetId: "${NOBODY}", publicKey: "" }) { __typename } }`,
    'target:write',
  ],
  'Mutation.revokeHostKey': [
    `mutation { revokeHostKey(input: { targetId: "${NOBODY}", hostKeyId: "${NOBODY}" }) { __typename } }`,
    'target:write',
  ],
  'Target.credential': ['query ($id: ID!) { target(id: $id) { credential { id } } }', 'target:read', 'credential:read'],
  '_entities of Target': [
    'query ($id: ID!) { _entities(representations: [{ __typename: "Target", id: $id }]) { ... on Target { id name } } }',
    'target:read',
  ],
  '_entities of TargetGroup': [
    `query ($groupId: ID!) {
      _entities(representations: [{ __typename: "TargetGroup", id: $groupId }]) { ... on TargetGroup { id path } }
    }`,
    'target:read',
  ],
  '_entities of Credential': [
    `query ($credentialId: ID!) {
      _entities(representations: [{ __typename: "Credential", id: $credentialId }]) { ... on Credential { id name } }
    }`,
    'credential:read',
  ],
};

const cases = Object.entries(operations).map(([name, [document, ...needs]]) => ({ name, document, needs }));

test('every root field is among them', () => {
  const { schema } = world.assets.subgraph;
  const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
  );
  const inherent = ['Query._entities', 'Query._service'];
  expect(Object.keys(operations)).toEqual(expect.arrayContaining(roots.filter((root) => !inherent.includes(root))));
});

test.each(cases)('$name answers who has exactly $needs', async ({ document, needs }) => {
  const { data, errors } = await world.as(...needs)(document, { id, credentialId, groupId });
  expect(errors).toBeUndefined();
  expect(JSON.stringify(data)).not.toContain('null');
});

test.each(cases)('$name is forbidden to who has everything but one of $needs', async ({ document, needs }) => {
  for (const lacking of needs) {
    const others = permissions.filter((permission) => permission !== lacking);
    const answer = await world.as(...others)(document, { id, credentialId, groupId });
    expect(answer).toMatchObject({ code: 'FORBIDDEN', errors: [{ message: `This needs the permission ${lacking}.` }] });
  }
});

test.each(cases)('$name needs somebody', async ({ document }) => {
  const { data, code } = await world.anonymous(document, { id, credentialId, groupId });
  expect(code).toBe('UNAUTHENTICATED');
  expect(data?.target ?? data?.credential ?? data?.targetGroup ?? data?._entities).toBeFalsy();
});

test('introspection is for nobody, the router has its own', async () => {
  const answer = await world.as(...permissions)('{ __schema { types { name } } }');
  expect(answer.code).toBe('GRAPHQL_VALIDATION_FAILED');
});

/** Each domain function with a context in which there is nothing but the viewer: it can do nothing before it asks who. */
const domain: [string, Permission, (context: Context) => Promise<unknown>][] = [
  ['findTarget', 'target:read', (context) => findTarget(context, NOBODY)],
  ['listTargets', 'target:read', (context) => listTargets(context, {})],
  ['listLabels', 'target:read', (context) => listLabels(context, NOBODY)],
  ['listAttributes', 'target:read', (context) => listAttributes(context, NOBODY)],
  ['listChanges', 'target:read', (context) => listChanges(context, NOBODY, {})],
  ['listMaintenance', 'target:read', (context) => listMaintenance(context, NOBODY)],
  ['listServices', 'target:read', (context) => listServices(context)],
  ['testFilter', 'target:read', (context) => testFilter(context, 'all')],
  ['findGroup', 'target:read', (context) => findGroup(context, NOBODY)],
  ['listGroups', 'target:read', (context) => listGroups(context, {})],
  ['listChildren', 'target:read', (context) => listChildren(context, NOBODY)],
  ['countTargets', 'target:read', (context) => countTargets(context, NOBODY)],
  ['listTargetsOfGroup', 'target:read', (context) => listTargetsOfGroup(context, {} as never, {})],
  ['listGroupsOfTarget', 'target:read', (context) => listGroupsOfTarget(context, NOBODY)],
  ['updateTarget', 'target:write', (context) => updateTarget(context, undefined as never)],
  ['addService', 'target:write', (context) => addService(context, undefined as never)],
  ['scheduleMaintenance', 'target:write', (context) => scheduleMaintenance(context, undefined as never)],
  ['cancelMaintenance', 'target:write', (context) => cancelMaintenance(context, undefined as never)],
  ['createGroup', 'group:write', (context) => createGroup(context, undefined as never)],
  ['updateGroup', 'group:write', (context) => updateGroup(context, undefined as never)],
  ['moveGroup', 'group:write', (context) => moveGroup(context, {} as never)],
  ['deleteGroup', 'group:write', (context) => deleteGroup(context, NOBODY)],
  ['addMembers', 'group:write', (context) => addMembers(context, {} as never)],
  ['removeMembers', 'group:write', (context) => removeMembers(context, {} as never)],
  ['listHostKeys', 'target:read', (context) => listHostKeys(context, NOBODY)],
  ['findCredential', 'credential:read', (context) => findCredential(context, NOBODY)],
  ['listVersions', 'credential:read', (context) => listVersions(context, NOBODY)],
  ['listBindings', 'credential:read', (context) => listBindings(context, NOBODY)],
  ['listCustomKinds', 'credential:read', (context) => listCustomKinds(context)],
  ['findEffectiveChoice', 'credential:read', (context) => findEffectiveChoice(context, NOBODY)],
  ['listUses', 'credential:read', (context) => listUses(context, NOBODY, {})],
  ['countReach', 'credential:read', (context) => countReach(context, NOBODY)],
  ['listReach', 'credential:read', (context) => listReach(context, NOBODY, {})],
  ['generateSshKey', 'credential:write', (context) => generateSshKey(context, {} as never)],
  ['rotateCredential', 'credential:write', (context) => rotateCredential(context, undefined as never)],
  ['revokeVersion', 'credential:write', (context) => revokeVersion(context, {} as never)],
  ['updateCredential', 'credential:write', (context) => updateCredential(context, undefined as never)],
  ['deleteCredential', 'credential:write', (context) => deleteCredential(context, NOBODY)],
  ['bindCredential', 'credential:write', (context) => bindCredential(context, {} as never)],
  ['unbindCredential', 'credential:write', (context) => unbindCredential(context, NOBODY)],
  ['addCustomKind', 'credential:write', (context) => addCustomKind(context, undefined as never)],
  ['listVaultKeys', 'vault:rotate', (context) => listVaultKeys(context)],
  ['rotateVaultKey', 'vault:rotate', (context) => rotateVaultKey(context)],
  ['retireVaultKey', 'vault:rotate', (context) => retireVaultKey(context, NOBODY)],
  ['listCredentials', 'credential:read', (context) => listCredentials(context, {})],
  ['createTarget', 'target:write', (context) => createTarget(context, undefined as never)],
  ['deleteTarget', 'target:write', (context) => deleteTarget(context, undefined as never)],
  ['createCredential', 'credential:write', (context) => createCredential(context, undefined as never)],
  ['listPresentedKeys', 'target:read', (context) => listPresentedKeys(context, NOBODY)],
  ['exportKnownHosts', 'target:read', (context) => exportKnownHosts(context)],
  ['approveHostKey', 'target:write', (context) => approveHostKey(context, {} as never)],
  ['rejectHostKey', 'target:write', (context) => rejectHostKey(context, {} as never)],
  ['importKnownHosts', 'target:write', (context) => importKnownHosts(context, {} as never)],
  ['pinHostKey', 'target:write', (context) => pinHostKey(context, {} as never)],
  ['revokeHostKey', 'target:write', (context) => revokeHostKey(context, {} as never)],
];

test.each(domain)('%s asks for %s before anything else', async (_name, permission, call) => {
  const viewer = createViewer(...permissions.filter((each) => each !== permission));
  await expect(call({ viewer } as Context)).rejects.toThrow(new Forbidden(permission));
  await expect(call({ viewer: anonymous } as Context)).rejects.toThrow(Unauthenticated);
});
