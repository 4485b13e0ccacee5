import { randomUUID } from 'node:crypto';
import { startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import { startKeyOf } from '../executions/idempotency.ts';
import { recordRevision, resolveTargets } from '../executions/startRevision.ts';
import type { JobDefinition, Workflow } from '../workflows/definition.ts';
import { createWorld, viewerWith } from './world.ts';
import type { AutomationWorld, TestData } from './world.ts';

export const admin = viewerWith();

export interface WorkflowWorld extends AutomationWorld {
  /** Starts a workflow as the revision of a job that nobody has saved. @returns id of the execution */
  startWorkflow(workflow: Workflow, options?: WorkflowStart): Promise<string>;
  addHost(name: string, host?: TestHost, labels?: Readonly<Record<string, string>>): string;
  readonly host: TestHost;
  /** Waits by wake-ups until a condition holds for an execution. */
  until(id: string, holds: (execution: TestData) => boolean): Promise<TestData>;
  /** The execution at its end. */
  ended(id: string): Promise<TestData>;
}

export interface WorkflowStart {
  readonly targetIds?: readonly string[];
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly jobId?: string;
  readonly priority?: number;
  readonly policies?: JobDefinition['policies'];
}

const document = /* GraphQL */ `
  query ($id: ID!) {
    execution(id: $id) {
      id
      status
      reason
      steps(first: 100) {
        nodes {
          id
          nodeId
          scope
          role
          attempt
          status
          branch
          reason
          batch
          batches
          counts {
            total
            succeeded
            skipped
          }
        }
      }
      tasks(first: 100) {
        nodes {
          targetName
          status
          reason
          exitCode
          output
          step {
            nodeId
          }
        }
      }
    }
  }
`;

const hasEnded = ({ status }: TestData) => ['SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN'].includes(status as string);

/** An automation domain with one SSH host that any number of targets are. */
export async function createWorkflowWorld(): Promise<WorkflowWorld> {
  const [world, host] = await Promise.all([createWorld(), startSshHost()]);
  const read = async (id: string) => (await world.execute(admin, document, { id })).data.execution;
  const until = async (id: string, holds: (execution: TestData) => boolean): Promise<TestData> => {
    for (;;) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      const stop = world.wakeUps.listen(`execution.${id}.events`, resolve);
      const execution = await read(id);
      const isOver = holds(execution);
      if (!isOver) await woken;
      stop();
      if (isOver) return execution;
    }
  };
  return {
    ...world,
    host,
    until,
    ended: (id) => until(id, hasEnded),
    addHost(name, { address, port, username, privateKey } = host, labels = {}) {
      const connection = { address, port, username, authentication: { kind: 'privateKey' as const, privateKey } };
      return world.fleet.add(name, connection, labels);
    },
    async startWorkflow(workflow, { targetIds, inputs = {}, jobId = randomUUID(), priority = 0, policies } = {}) {
      const definition: JobDefinition = { parameters: [], workflow, ...(policies && { policies }) };
      const call = { viewer: admin, requestId: 'test', signal: new AbortController().signal, fleet: world.fleet };
      const targets = await resolveTargets(call, definition, targetIds && { targetIds: [...targetIds] });
      const start = {
        inputs,
        targets,
        priority,
        startedById: '01990000-0000-7000-8000-00000000000a',
        requestId: 'test',
      };
      const revision = { jobId, number: 1, definition };
      const context = { transact: world.transact, clock: () => new Date() };
      return (await recordRevision(context, { ...start, revision, key: startKeyOf(null, []) })).id;
    },
    async close() {
      await world.close();
      await host.stop();
    },
  };
}

/** A workflow of nodes one after the other. */
export function sequence(...nodes: Workflow['nodes'][number][]): Workflow {
  const edges = nodes
    .slice(1)
    .map((node, index) => ({ from: nodes[index]?.id ?? '', to: node.id, on: 'success' as const }));
  return { nodes, edges };
}

/** What became of the nodes: `node` or `node#attempt`, with its status. */
export function courseOf({ steps }: TestData): Record<string, string> {
  return Object.fromEntries(
    steps.nodes.map(({ scope, nodeId, attempt, status }: TestData) => [
      `${scope}${nodeId}${attempt > 1 ? `#${attempt}` : ''}`,
      status as string,
    ]),
  );
}
