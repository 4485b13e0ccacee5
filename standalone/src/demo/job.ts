import { expectType } from '@opsconductor/testkit';
import type { Data, GraphClient } from '@opsconductor/testkit';

const command = `echo "uptime: $(cut -d. -f1 /proc/uptime 2>/dev/null || echo unknown) s"
for step in 1 2 3; do echo "step $step of 3"; sleep 0.3; done
df -Ph / | tail -1`;

const events = `subscription ($id: ID!, $after: String) {
  executionEvents(executionId: $id, after: $after) {
    nodes {
      __typename
      ... on ExecutionStatusChanged { executionStatus: status }
      ... on TaskStatusChanged { taskStatus: status task { targetName } }
      ... on TaskOutput { text task { targetName } }
    }
  }
}`;

/** One query through all four subgraphs. */
export const federatedQuery = `query ($id: ID!) {
  execution(id: $id) {                                  # automation
    status
    startedBy { name                                    # identity
      auditEvents(first: 3) { nodes { type } } }        # communication
    tasks { nodes { status exitCode
      target { name hostKeys { fingerprint } } } }      # assets
  }
}`;

/** Runs a small job and prints its output as it comes. @returns the execution's id */
export async function runDemoJob(graph: GraphClient, targetIds: readonly string[]): Promise<string> {
  const { startExecution } = await graph.query(
    `mutation ($input: StartExecutionInput!) {
      startExecution(input: $input) {
        __typename ... on ExecutionStarted { execution { id } } ... on Refusal { message }
      }
    }`,
    { input: { command, selection: { targetIds } } },
  );
  const id = expectType(startExecution, 'ExecutionStarted').execution.id as string;
  const printer = new LinePrinter();
  for await (const { executionEvents } of graph.subscribe(events, { id })) {
    for (const event of executionEvents.nodes as Data[]) printer.print(event);
    if (printer.hasEnded) return id;
  }
  throw new Error('The subscription ended before the execution did.');
}

/** Prints whole lines with the name of their target before them. */
class LinePrinter {
  readonly #open = new Map<string, string>();
  hasEnded = false;

  print({ executionStatus, taskStatus, text, task }: Data): void {
    if (executionStatus) {
      this.hasEnded = !['PENDING', 'RUNNING', 'CANCELLING'].includes(executionStatus as string);
      console.log(`  execution ${executionStatus}`);
    } else if (taskStatus) {
      if (taskStatus !== 'RUNNING') console.log(`  ${task.targetName} | ${taskStatus}`);
    } else {
      const lines = ((this.#open.get(task.targetName as string) ?? '') + text).split('\n');
      this.#open.set(task.targetName as string, lines.pop() ?? '');
      for (const line of lines) console.log(`  ${task.targetName} | ${line}`);
    }
  }
}
