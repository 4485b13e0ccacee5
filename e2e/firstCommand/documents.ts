/** What the journeys ask of the graph, as a client would write it. */
export const completeSetup = /* GraphQL */ `
  mutation CompleteSetup($input: CompleteSetupInput!) {
    completeSetup(input: $input) {
      __typename
      ... on SignedIn {
        accessToken
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const signIn = /* GraphQL */ `
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      __typename
      ... on SignedIn {
        accessToken
        refreshToken
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const createUser = /* GraphQL */ `
  mutation CreateUser($input: CreateUserInput!) {
    createUser(input: $input) {
      __typename
      ... on UserCreated {
        user {
          id
        }
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const createCredential = /* GraphQL */ `
  mutation CreateCredential($input: CreateCredentialInput!) {
    createCredential(input: $input) {
      __typename
      ... on CredentialCreated {
        credential {
          id
        }
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const createTarget = /* GraphQL */ `
  mutation CreateTarget($input: CreateTargetInput!) {
    createTarget(input: $input) {
      __typename
      ... on TargetCreated {
        target {
          id
        }
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const startExecution = /* GraphQL */ `
  mutation StartExecution($input: StartExecutionInput!) {
    startExecution(input: $input) {
      __typename
      ... on ExecutionStarted {
        execution {
          id
          status
        }
      }
      ... on Refusal {
        message
      }
      ... on TargetNotFound {
        ids
      }
    }
  }
`;

export const cancelExecution = /* GraphQL */ `
  mutation CancelExecution($id: ID!) {
    cancelExecution(input: { id: $id }) {
      __typename
      ... on ExecutionCancelling {
        execution {
          id
          status
        }
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const executionEvents = /* GraphQL */ `
  subscription ExecutionEvents($executionId: ID!, $after: String) {
    executionEvents(executionId: $executionId, after: $after) {
      nodes {
        __typename
        sequence
        cursor
        ... on ExecutionStatusChanged {
          status
        }
        ... on TaskStatusChanged {
          taskStatus: status
          task {
            targetName
          }
        }
        ... on TaskOutput {
          stream
          text
          task {
            targetName
          }
        }
      }
    }
  }
`;

export const executionLive = /* GraphQL */ `
  subscription Execution($id: ID!) {
    execution(id: $id) {
      status
      counts {
        total
        succeeded
        running
      }
    }
  }
`;

export const executionSummary = /* GraphQL */ `
  query ExecutionSummary($id: ID!) {
    execution(id: $id) {
      status
      counts {
        total
        succeeded
        failed
        unreachable
        hostKeyMismatch
        cancelled
        unknown
      }
      tasks {
        nodes {
          targetName
          status
          exitCode
          signal
          reason
          output
        }
      }
    }
  }
`;

/** One query through all four subgraphs. */
export const acrossAllSubgraphs = /* GraphQL */ `
  query AcrossAllSubgraphs($id: ID!) {
    execution(id: $id) {
      command
      status
      startedBy {
        name
        auditEvents(first: 20) {
          nodes {
            type
            subjectId
            actor {
              name
            }
          }
        }
      }
      tasks {
        nodes {
          status
          target {
            name
            hostKeys {
              algorithm
              state
            }
            lastExecution {
              id
            }
          }
        }
      }
    }
  }
`;

export const createApiKey = /* GraphQL */ `
  mutation ($input: CreateApiKeyInput!) {
    createApiKey(input: $input) {
      __typename
      ... on ApiKeyCreated {
        key
        apiKey {
          id
        }
      }
      ... on Refusal {
        message
      }
    }
  }
`;

export const revokeApiKey = /* GraphQL */ `
  mutation ($id: ID!) {
    revokeApiKey(input: { id: $id }) {
      __typename
    }
  }
`;

export const refreshSession = /* GraphQL */ `
  mutation ($refreshToken: String!) {
    refreshSession(input: { refreshToken: $refreshToken }) {
      __typename
      ... on SignedIn {
        accessToken
        refreshToken
      }
    }
  }
`;
