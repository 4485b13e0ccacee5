import type { GraphqlRequest } from './subgraphs/subgraphs.ts';

export interface Operation {
  readonly name: string;
  readonly request: GraphqlRequest;
  readonly requestsPerRound: number;
  readonly concurrency: number;
}

const light = /* GraphQL */ `
  query Light($id: ID!) {
    execution(id: $id) {
      id
      command
      status
      createdAt
      startedBy {
        id
        name
        email
        team {
          name
          region
        }
      }
      tasks(first: 3) {
        id
        status
        exitCode
        target {
          name
          address
          platform
        }
      }
      auditEvents {
        id
        type
        at
      }
    }
  }
`;

/** The same users and targets again and again, as lists of work have them. */
const heavy = /* GraphQL */ `
  query Heavy {
    executions(first: 25) {
      id
      command
      status
      createdAt
      startedBy {
        id
        name
        email
        team {
          name
          region
        }
      }
      tasks(first: 8) {
        id
        status
        exitCode
        target {
          id
          name
          address
          platform
          owner {
            id
            name
            email
          }
          lastEvent {
            type
            at
            actor {
              id
              name
            }
          }
        }
      }
      auditEvents {
        id
        type
        at
        actor {
          id
          name
          email
        }
      }
    }
  }
`;

export const operations: readonly Operation[] = [
  {
    name: 'light',
    request: { query: light, operationName: 'Light', variables: { id: 'execution-7' } },
    requestsPerRound: 600,
    concurrency: 16,
  },
  {
    name: 'heavy',
    request: { query: heavy, operationName: 'Heavy' },
    requestsPerRound: 60,
    concurrency: 8,
  },
];
