import { expectType, generateKeyPair, startSshHost } from '@opsconductor/testkit';
import type { GraphClient, TestHost } from '@opsconductor/testkit';

const names = ['web-1', 'web-2', 'db-1'];
const label = { key: 'demo', value: 'host' };

/** SSH hosts on 127.0.0.1 with throw-away keys, which run commands as the user who started the demo. */
export function startDemoHosts(): Promise<TestHost[]> {
  const key = generateKeyPair();
  return Promise.all(names.map(() => startSshHost({ key })));
}

/** Registers the hosts in place of those of an earlier demo. @returns the ids of the targets */
export async function registerDemoHosts(graph: GraphClient, hosts: readonly TestHost[]): Promise<string[]> {
  await forgetEarlierHosts(graph);
  const [first] = hosts;
  if (!first) return [];
  const credentialId = await addCredential(graph, first);
  return Promise.all(hosts.map((host, index) => addTarget(graph, names[index] ?? 'host', host, credentialId)));
}

async function addCredential(graph: GraphClient, { username, privateKey }: TestHost): Promise<string> {
  const { createCredential } = await graph.query(
    `mutation ($input: CreateCredentialInput!) {
      createCredential(input: $input) {
        __typename ... on CredentialCreated { credential { id } } ... on Refusal { message }
      }
    }`,
    { input: { name: `demo key of ${new Date().toISOString()}`, username, privateKey } },
  );
  return expectType(createCredential, 'CredentialCreated').credential.id as string;
}

async function addTarget(graph: GraphClient, name: string, host: TestHost, credentialId: string): Promise<string> {
  const { createTarget } = await graph.query(
    `mutation ($input: CreateTargetInput!) {
      createTarget(input: $input) { __typename ... on TargetCreated { target { id } } ... on Refusal { message } }
    }`,
    {
      input: {
        name,
        address: host.address,
        port: host.port,
        credentialId,
        labels: [label],
        hostKeyPolicy: 'TRUST_ON_FIRST_USE',
      },
    },
  );
  return expectType(createTarget, 'TargetCreated').target.id as string;
}

async function forgetEarlierHosts(graph: GraphClient): Promise<void> {
  const { targets } = await graph.query(
    'query ($filter: TargetFilter) { targets(first: 100, filter: $filter) { nodes { id } } }',
    { filter: { labels: [label] } },
  );
  for (const { id } of targets.nodes as { id: string }[])
    await graph.query('mutation ($id: ID!) { deleteTarget(input: { id: $id }) { __typename } }', { id });
}
