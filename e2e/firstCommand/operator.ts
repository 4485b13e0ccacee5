import { randomUUID } from 'node:crypto';
import { connectGraph, expectType } from '@opsconductor/testkit';
import type { Data, GraphClient } from '@opsconductor/testkit';
import type { World } from '../worlds/world.ts';
import * as documents from './documents.ts';

export const password = 'nine lanterns over harbour 7';

/** Makes the first administrator of a world, with the set-up secret it printed. */
export async function setUp({ urls, setupSecret }: World, email: string): Promise<string> {
  const stranger = connectGraph(urls[0]);
  const input = { secret: setupSecret, name: 'Ada Administrator', email, password };
  const { completeSetup } = await stranger.query(documents.completeSetup, { input });
  return expectType(completeSetup, 'SignedIn').accessToken as string;
}

/** An SSH host as a target needs it. */
export interface Host {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly privateKey: string;
}

/** Somebody who registers hosts and runs commands. */
export class Operator {
  readonly graph: GraphClient;

  constructor(graph: GraphClient) {
    this.graph = graph;
  }

  async addCredential({ username, privateKey }: Host): Promise<string> {
    const input = { name: `key ${randomUUID()}`, username, privateKey };
    const { createCredential } = await this.graph.query(documents.createCredential, { input });
    return expectType(createCredential, 'CredentialCreated').credential.id as string;
  }

  async addTarget(name: string, host: Host, change: Data = {}): Promise<string> {
    const credentialId = await this.addCredential(host);
    const { address, port } = host;
    const input = { name, address, port, credentialId, hostKeyPolicy: 'TRUST_ON_FIRST_USE', ...change };
    const { createTarget } = await this.graph.query(documents.createTarget, { input });
    return expectType(createTarget, 'TargetCreated').target.id as string;
  }

  async start(command: string, targetIds: readonly string[], change: Data = {}): Promise<string> {
    const input = { command, selection: { targetIds }, ...change };
    const { startExecution } = await this.graph.query(documents.startExecution, { input });
    return expectType(startExecution, 'ExecutionStarted').execution.id as string;
  }

  async cancel(id: string): Promise<void> {
    const { cancelExecution } = await this.graph.query(documents.cancelExecution, { id });
    expectType(cancelExecution, 'ExecutionCancelling');
  }

  /** Follows the event feed from the beginning to the end of the execution. */
  async followToEnd(executionId: string, onEvent: (event: Data) => void = () => undefined): Promise<Data[]> {
    const events: Data[] = [];
    for await (const { executionEvents } of this.graph.subscribe(documents.executionEvents, { executionId })) {
      for (const event of executionEvents.nodes) {
        events.push(event);
        onEvent(event);
      }
      if (isEnd(events.at(-1))) return events;
    }
    throw new Error(`The feed of ${executionId} ended before the execution did.`);
  }

  async summary(id: string): Promise<Data> {
    return (await this.graph.query(documents.executionSummary, { id })).execution;
  }

  /** Runs a command to its end and tells how that was. */
  async run(command: string, targetIds: readonly string[], change: Data = {}): Promise<Data> {
    const id = await this.start(command, targetIds, change);
    await this.followToEnd(id);
    return this.summary(id);
  }
}

const running = ['PENDING', 'RUNNING', 'CANCELLING'];

export function isEnd(event: Data): boolean {
  return event?.__typename === 'ExecutionStatusChanged' && !running.includes(event.status as string);
}
