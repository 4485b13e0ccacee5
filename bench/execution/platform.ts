import { connectGraph, expectType } from '@opsconductor/testkit';
import type { GraphClient } from '@opsconductor/testkit';
import type { Fleet } from '../sshFanOut/hosts.ts';
import { startStandalone } from './standaloneProcess.ts';

export interface Platform extends AsyncDisposable {
  readonly processId: number;
  /** Signed in as the first administrator. */
  readonly graph: GraphClient;
}

export async function startPlatform(): Promise<Platform> {
  await using held = new AsyncDisposableStack();
  const { processId, url, setupSecret } = held.use(await startStandalone());
  const graph = connectGraph(url, await setUp(url, setupSecret));
  held.defer(() => graph.close());
  const moved = held.move();
  return { processId, graph, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

async function setUp(url: string, secret: string): Promise<string> {
  const person = { name: 'Bench', email: 'bench@example.com', password: 'nine lanterns over harbour 7' };
  const { completeSetup } = await connectGraph(url).query(
    `mutation ($input: CompleteSetupInput!) {
      completeSetup(input: $input) { __typename ... on SignedIn { accessToken } ... on Refusal { message } }
    }`,
    { input: { secret, ...person } },
  );
  return expectType(completeSetup, 'SignedIn').accessToken as string;
}

/** @returns the ids of the targets */
export async function registerTargets(graph: GraphClient, { username, privateKey, hosts }: Fleet): Promise<string[]> {
  const { createCredential } = await graph.query(
    `mutation ($input: CreateCredentialInput!) {
      createCredential(input: $input) {
        __typename ... on CredentialCreated { credential { id } } ... on Refusal { message }
      }
    }`,
    { input: { name: 'bench', username, privateKey } },
  );
  const credentialId = expectType(createCredential, 'CredentialCreated').credential.id as string;
  return Promise.all(
    hosts.map(async ({ port }, index) => {
      const host = { name: `host-${index}`, address: '127.0.0.1', port };
      const { createTarget } = await graph.query(
        `mutation ($input: CreateTargetInput!) {
          createTarget(input: $input) { __typename ... on TargetCreated { target { id } } ... on Refusal { message } }
        }`,
        { input: { ...host, credentialId, hostKeyPolicy: 'TRUST_ON_FIRST_USE' } },
      );
      return expectType(createTarget, 'TargetCreated').target.id as string;
    }),
  );
}

/**
 * Runs a command and follows it live.
 * @returns seconds from the request to the news of its end. @throws Error unless it succeeds on all targets
 */
export async function runExecution(graph: GraphClient, targetIds: readonly string[]): Promise<number> {
  const begunAt = performance.now();
  const { startExecution } = await graph.query(
    `mutation ($input: StartExecutionInput!) {
      startExecution(input: $input) {
        __typename ... on ExecutionStarted { execution { id } } ... on Refusal { message }
      }
    }`,
    { input: { command: 'uptime', selection: { targetIds } } },
  );
  const id = expectType(startExecution, 'ExecutionStarted').execution.id as string;
  const live = 'subscription ($id: ID!) { execution(id: $id) { status counts { total succeeded } } }';
  for await (const { execution } of graph.subscribe(live, { id })) {
    if (execution.status === 'PENDING' || execution.status === 'RUNNING') continue;
    if (execution.status === 'SUCCEEDED') return (performance.now() - begunAt) / 1_000;
    throw new Error(`The execution ended as ${JSON.stringify(execution)}`);
  }
  throw new Error('The subscription ended before the execution did.');
}
