import { Refusal } from '@opsconductor/subgraph';

export class SetupSecretRejected extends Refusal {
  override readonly typeName = 'SetupSecretRejected';

  /** @param retryAfterSeconds given when the secret was not even looked at */
  constructor(retryAfterSeconds?: number) {
    super(
      retryAfterSeconds === undefined
        ? 'This is not the set-up secret. The newest start of the server printed it.'
        : `There were wrong set-up secrets just before. Try again in ${retryAfterSeconds} s.`,
    );
  }
}

export class SetupAlreadyCompleted extends Refusal {
  override readonly typeName = 'SetupAlreadyCompleted';

  constructor() {
    super('The first administrator exists already: sign in.');
  }
}
